// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

// How far the collector goes beyond its goal while the memory limit decides when it
// starts. Past that limit there may be no address space, so it goes less far than
// Go's. While GOGC decides, and in the layout plain, everything is as in Go.

const (
	// gosbrkOverAssistWork is what an allocation scans ahead at least, instead of 64 KiB:
	// the smallest amount of work that revise counts with. What it earns is then
	// never more than what is left up to the goal. A heap without pointers has little to
	// scan, so 64 KiB can earn several times the heap there.
	gosbrkOverAssistWork = 1000

	// gosbrkMaxOvershoot is the factor by which the goal of a heap that has passed it is
	// raised, where Go's is 1.1. Less costs more: the program scans what is left while it
	// allocates the difference.
	gosbrkMaxOvershoot = 1.05
)

// gosbrkNear reports whether the memory limit gives a lower goal than GOGC. Any
// goroutine may call it.
func (c *gcControllerState) gosbrkNear() bool {
	return gosbrkCompact != 0 && c.memoryLimitHeapGoal() < c.gcPercentHeapGoal.Load()
}

// gosbrkOverAssist gives the scan work, in the pacer's units of a byte, that an
// assist does at least, where Go does so much.
func (c *gcControllerState) gosbrkOverAssist(work int64) int64 {
	if c.gosbrkNear() {
		return gosbrkOverAssistWork
	}
	return work
}

// gosbrkOvershoot gives the factor by which a goal that is passed is raised, where
// Go raises it by this one.
func (c *gcControllerState) gosbrkOvershoot(factor float64) float64 {
	if c.gosbrkNear() {
		return gosbrkMaxOvershoot
	}
	return factor
}
