//! A TCP connection taken apart into its two directions.

use crate::halves::halves;
use crate::net::TcpStream;

halves!(TcpStream, poll_read);
