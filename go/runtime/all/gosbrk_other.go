// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build !(linux && (amd64 || arm64))

package runtime

// gosbrkEnd is called where the runtime exits, and does nothing here.
//
//go:nosplit
func gosbrkEnd() {}

// gosbrkAllMapped is called by gosbrk_space.go where there is a limit.
func gosbrkAllMapped() int64 { return 0 }
