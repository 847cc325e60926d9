//! The listener.

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

/// Serves until `stop` is done, then lets running requests end.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    // Without TCP_NODELAY a page that is written in pieces waits 40 ms for an acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was not set");
        }
    });
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stop).await
}
