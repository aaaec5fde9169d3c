//! With the feature `tls`: a certificate of our own, and two clients.
//!
//! One client trusts the certificate. The other trusts the authorities that browsers trust, and refuses.

use futures::io::{AsyncReadExt, AsyncWriteExt, copy};
use groundup::net::{StreamReader, StreamWriter, TcpListener};
use groundup::spawn;
use groundup::web::{connect_tls, tls_acceptor, tls_connector, tls_connector_trusting};

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_string()])?;
    let acceptor = tls_acceptor(&own.cert.pem(), &own.signing_key.serialize_pem())?;
    let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    let port = listener.local_addr()?.port();
    let server = spawn(async move {
        for _ in 0..2 {
            let (stream, _) = listener.accept().await?;
            match acceptor.accept(stream).await {
                Err(error) => println!("server: a handshake failed: {error}"),
                Ok(stream) => {
                    let (reader, mut writer) = stream.split();
                    println!("server: {} bytes echoed", copy(reader, &mut writer).await?);
                    writer.close().await?;
                }
            }
        }
        std::io::Result::Ok(())
    });

    let tls = tls_connector_trusting(&own.cert.pem())?;
    let (reader, writer) = connect_tls(&tls, "localhost", port).await?.split();
    // asyncio's streams work over it as over any other.
    let (mut reader, mut writer) = (StreamReader::new(reader), StreamWriter::new(writer));
    writer.write(b"a secret\n");
    writer.drain().await?;
    print!("client: {}", String::from_utf8(reader.readline().await?)?);
    writer.close();
    writer.wait_closed().await?;

    match connect_tls(&tls_connector(), "localhost", port).await {
        Ok(_) => println!("client: this should not be"),
        Err(error) => println!(
            "client: {}",
            error.to_string().replace(&port.to_string(), "PORT")
        ),
    }
    Ok(server.await??)
}
