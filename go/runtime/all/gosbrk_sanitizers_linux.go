// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build (amd64 || arm64) && (race || msan || asan)

package runtime

// Go's sbrk systems have no sanitizers, and their runtimes would map memory of
// their own where the break has to grow. The compiler's message is this name.
const _ = gosbrk_does_not_support_race_msan_or_asan_build_without_them
