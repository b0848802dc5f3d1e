// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package cgo

import _ "unsafe" // for go:linkname

// x_gosbrk_c_code is in gosbrk_linux.c. The runtime calls it when it has read the
// variable GOSBRK.

//go:cgo_import_static x_gosbrk_c_code
//go:linkname x_gosbrk_c_code x_gosbrk_c_code
//go:linkname _gosbrk_c_code _gosbrk_c_code
var x_gosbrk_c_code byte
var _gosbrk_c_code = &x_gosbrk_c_code
