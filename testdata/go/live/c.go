//go:build c

package main

// That there is C code is what counts.

import "C"
