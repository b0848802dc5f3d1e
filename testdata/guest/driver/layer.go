package main

import "unsafe"

// The layer's variables and the functions that look alike in every release.

//go:linkname bloc runtime.bloc
var bloc uintptr

//go:linkname blocMax runtime.blocMax
var blocMax uintptr

//go:linkname memFreelist runtime.memFreelist
var memFreelist uintptr

//go:linkname sysFreeOS runtime.sysFreeOS
func sysFreeOS(v unsafe.Pointer, n uintptr)

//go:linkname sysUnusedOS runtime.sysUnusedOS
func sysUnusedOS(v unsafe.Pointer, n uintptr)

//go:linkname sysUsedOS runtime.sysUsedOS
func sysUsedOS(v unsafe.Pointer, n uintptr)

//go:linkname sysHugePageOS runtime.sysHugePageOS
func sysHugePageOS(v unsafe.Pointer, n uintptr)

//go:linkname sysNoHugePageOS runtime.sysNoHugePageOS
func sysNoHugePageOS(v unsafe.Pointer, n uintptr)

//go:linkname sysHugePageCollapseOS runtime.sysHugePageCollapseOS
func sysHugePageCollapseOS(v unsafe.Pointer, n uintptr)

//go:linkname sysFaultOS runtime.sysFaultOS
func sysFaultOS(v unsafe.Pointer, n uintptr)
