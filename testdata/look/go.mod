// Programs whose memory the tests of gosbrk look know. Built with each release.
module look

go 1.21
