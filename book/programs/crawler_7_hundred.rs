//! Stage 7 with a hundred workers, on a web of 133 pages.

use std::io;

use super::crawler_7_sockets::crawl;
use super::crawler_web::Web;
use groundup::time;

pub async fn main() -> io::Result<()> {
    let web = Web::new(11);
    crawl(&web, 100).await?;
    let (pages, most) = (web.read.get(), web.most.get());
    println!("{pages} pages after {}, at most {most} at once", time());
    Ok(())
}
