//! A local connection taken apart into its two directions.

use super::UnixStream;
use crate::io::halves;

halves!(UnixStream, poll_receive);
