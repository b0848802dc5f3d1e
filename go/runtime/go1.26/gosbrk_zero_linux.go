// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

// needZeroAfterSysUnusedOS tells whether what was released may read as something
// other than zero: the kernel gives back pages of zeros.
func needZeroAfterSysUnusedOS() bool {
	return !gosbrkReleases
}
