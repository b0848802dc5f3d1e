// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

// gosbrkProfile is the layer's profile in the trace format: growth where memory ends.
const gosbrkProfile = 2
