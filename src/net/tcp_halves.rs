//! A TCP connection taken apart into its two directions.

use crate::io::halves;
use crate::net::TcpStream;

halves!(TcpStream, poll_read);
