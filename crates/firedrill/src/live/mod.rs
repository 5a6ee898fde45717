//! Live worlds: real processes, sockets, files and mail.
