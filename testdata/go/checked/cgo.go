// Where C is compiled, threads and the first stack are those of C.

package main

import "C"
