// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

// gosbrkSpace is the number of a request to the library, besides those of its functions.
const gosbrkSpace uintptr = 15

// gosbrkAllMapped gives the bytes of all mappings of the process, from /proc/self/statm; 0: that
// cannot be read.
func gosbrkAllMapped() int64 {
	r := gosbrkRequest{function: gosbrkSpace, n: physPageSize}
	if !gosbrkCall(&r) {
		return 0
	}
	return int64(r.size)
}
