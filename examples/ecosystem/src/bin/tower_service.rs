//! With `tower`: a service in layers, one of them groundup's timeout.
//!
//! A `Service` needs no runtime. Tower's own `timeout`, `buffer` and `retry` with delays sleep
//! with tokio; a timeout of the loop is a layer of a few lines.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup::{join, sleep, time, timeout};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, layer::layer_fn, service_fn};

/// A service whose calls end after `limit`, by the loop's clock.
#[derive(Clone)]
struct Limited<S> {
    inner: S,
    limit: Duration,
}

type Response<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>>>>;

impl<R, S: Service<R, Future: 'static, Error: Into<BoxError>>> Service<R> for Limited<S> {
    type Response = S::Response;
    type Error = BoxError;
    type Future = Response<S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let response = timeout(self.limit, self.inner.call(request));
        Box::pin(async move { response.await?.map_err(Into::into) })
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let limit = Duration::from_secs(3);
    let service = ServiceBuilder::new()
        .concurrency_limit(2)
        .map_request(|seconds: u64| Duration::from_secs(seconds))
        .layer(layer_fn(|inner| Limited { inner, limit }))
        .service(service_fn(async |nap: Duration| {
            sleep(nap).await;
            Ok::<_, BoxError>(format!("slept {nap:?}"))
        }));
    let call = async |seconds| {
        let answer = service.clone().oneshot(seconds).await;
        println!("{}  {answer:?}", time());
    };
    join([1, 2, 5, 1].map(call)).await;
    Ok(())
}
