// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build unix && !(linux && (amd64 || arm64))

package runtime

// gosbrkFatal is called by signal_unix.go, and does nothing here.
func gosbrkFatal(sig uint32, c *sigctxt, gp *g, mp *m) {}

// gosbrkCutShort is called by signal_unix.go, and does nothing here.
//
//go:nosplit
func gosbrkCutShort(info *siginfo) bool { return false }
