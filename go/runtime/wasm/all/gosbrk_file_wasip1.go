// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// Where the trace goes under WASI: into the file that GOSBRK=trace=FILE names, in a
// directory that the host gives to the program. No more than WASI is needed of the host.

//go:wasmimport wasi_snapshot_preview1 environ_sizes_get
func gosbrkEnvironSizes(count, bytes unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 environ_get
func gosbrkEnviron(texts, bytes unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 args_sizes_get
func gosbrkArgsSizes(count, bytes unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 args_get
func gosbrkArgs(texts, bytes unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_get
func gosbrkPrestat(fd int32, to unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_prestat_dir_name
func gosbrkPrestatName(fd int32, to unsafe.Pointer, n uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_open
func gosbrkPathOpen(dir int32, follow uint32, path unsafe.Pointer, n, how uint32, rights, inherited uint64, flags uint32, fd unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_unlink_file
func gosbrkUnlink(dir int32, path unsafe.Pointer, n uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_read
func gosbrkRead(fd int32, pieces unsafe.Pointer, n uint32, read unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_write
func gosbrkWritePieces(fd int32, pieces unsafe.Pointer, n uint32, written unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 fd_close
func gosbrkCloseFile(fd int32) uint32

// WASI's numbers.
const (
	gosbrkErrorBadFile = 8
	gosbrkErrorExists  = 20
	gosbrkCreate       = 1 | 4 // and exclusively
	gosbrkAppend       = 1
	gosbrkRightToRead  = 1 << 1
	gosbrkRightToWrite = 1 << 6
)

// gosbrkFile is the file. What the host writes to is a global: a local variable would
// escape.
var gosbrkFile struct {
	fd      int32
	dir     int32 // the directory that path is in
	path    [1024]byte
	from    int // path without the directory begins here
	size    int
	reopens bool
	piece   [2]uint32 // where, and how many bytes
	count   uint32
	two     [2]uint32
}

// gosbrkOpen makes the file that the environment asks for.
func gosbrkOpen() bool {
	f := &gosbrkFile
	room := gosbrkWords[gosbrkOut:]
	file, pwd, ok := gosbrkAsked(room)
	if !ok || len(file) == 0 {
		return false
	}
	why, error := "", uint32(0)
	if !gosbrkPlace(file, pwd) {
		why = "no directory that the host gives to the program has this file in it"
	} else {
		why, error = gosbrkMake()
	}
	for i := range room {
		room[i] = 0
	}
	if why != "" {
		print("gosbrk: this program is not recorded: ", why)
		if error != 0 {
			print(": WASI error ", error)
		}
		print("\n")
		return false
	}
	// Go's own files are found by counting up to the first descriptor that is bad. Where
	// the host has another error for this one, it must not be open meanwhile.
	if gosbrkPrestat(f.fd, unsafe.Pointer(&f.two)) != gosbrkErrorBadFile {
		f.reopens = true
		gosbrkCloseFile(f.fd)
	}
	return true
}

// gosbrkAsked reads FILE and PWD from the environment, into some room.
func gosbrkAsked(room []uint64) (file, pwd []byte, ok bool) {
	f := &gosbrkFile
	if gosbrkEnvironSizes(unsafe.Pointer(&f.two[0]), unsafe.Pointer(&f.two[1])) != 0 {
		return nil, nil, false
	}
	count, bytes := int(f.two[0]), int(f.two[1])
	if count == 0 || bytes == 0 {
		return nil, nil, false
	}
	if count*4+bytes > len(room)*8 {
		print("gosbrk: this program is not recorded: its environment has more than ", len(room)*8, " bytes\n")
		return nil, nil, false
	}
	all := unsafe.Slice((*byte)(unsafe.Pointer(&room[0])), len(room)*8)
	if gosbrkEnviron(unsafe.Pointer(&all[0]), unsafe.Pointer(&all[count*4])) != 0 {
		return nil, nil, false
	}
	for text := all[count*4 : count*4+bytes]; len(text) > 0; {
		end := 0
		for end < len(text) && text[end] != 0 {
			end++
		}
		one := text[:end]
		if end < len(text) {
			end++
		}
		text = text[end:]
		if value, is := gosbrkBehind(one, "PWD="); is {
			pwd = value
		} else if value, is := gosbrkBehind(one, "GOSBRK="); is {
			file = gosbrkSetting(value)
		}
	}
	return file, pwd, true
}

// gosbrkSetting is FILE of the last trace=FILE.
func gosbrkSetting(text []byte) (file []byte) {
	for from := 0; from <= len(text); {
		to := from
		for to < len(text) && text[to] != ',' {
			to++
		}
		if value, is := gosbrkBehind(text[from:to], "trace="); is {
			file = value
		}
		from = to + 1
	}
	return file
}

// gosbrkBehind is what stands behind a beginning.
func gosbrkBehind(text []byte, start string) ([]byte, bool) {
	if len(text) < len(start) || string(text[:len(start)]) != start {
		return nil, false
	}
	return text[len(start):], true
}

// gosbrkPlace finds the directory that the host gives in which the file is.
func gosbrkPlace(file, pwd []byte) bool {
	f := &gosbrkFile
	if len(pwd)+1+len(file) > len(f.path) {
		return false
	}
	absolute := file[0] == '/'
	if !absolute && len(pwd) > 0 {
		f.size = copy(f.path[:], pwd)
		f.path[f.size] = '/'
		f.size++
	}
	f.size += copy(f.path[f.size:], file)
	var name [256]byte
	best := -1
	for fd := int32(3); ; fd++ {
		if gosbrkPrestat(fd, unsafe.Pointer(&f.two)) != 0 {
			break
		}
		n := int(f.two[1])
		if f.two[0]&0xff != 0 || n > len(name) || gosbrkPrestatName(fd, noescape(unsafe.Pointer(&name)), uint32(n)) != 0 {
			continue
		}
		for n > 0 && (name[n-1] == '/' || name[n-1] == 0) {
			n--
		}
		if n <= best || n >= f.size || string(name[:n]) != string(f.path[:n]) || f.path[n] != '/' {
			continue
		}
		best = n
		f.dir, f.from = fd, n+1
	}
	if best >= 0 {
		return true
	}
	// A relative path is in the first directory where no working directory is known.
	if absolute || gosbrkPrestat(3, unsafe.Pointer(&f.two)) != 0 {
		return false
	}
	f.dir, f.from = 3, 0
	f.size = copy(f.path[:], file)
	return true
}

// gosbrkMake makes the file. A trace that is there is replaced, anything else is not.
func gosbrkMake() (why string, error uint32) {
	f := &gosbrkFile
	for {
		error = gosbrkOpenFile(gosbrkCreate, gosbrkRightToWrite, 0)
		if error != gosbrkErrorExists {
			break
		}
		if gosbrkOpenFile(0, gosbrkRightToRead, 0) != 0 {
			break
		}
		f.piece = [2]uint32{uint32(uintptr(unsafe.Pointer(&gosbrkWords))), 8}
		gosbrkRead(f.fd, unsafe.Pointer(&f.piece), 1, unsafe.Pointer(&f.count))
		gosbrkCloseFile(f.fd)
		if f.count != 8 || gosbrkWords[0] != 0x0a544b5242534f47 {
			return "the file is there and is not a trace; it was left as it is", 0
		}
		if error = gosbrkUnlink(f.dir, unsafe.Pointer(&f.path[f.from]), uint32(f.size-f.from)); error != 0 {
			break
		}
	}
	if error != 0 {
		return "the file cannot be created", error
	}
	return "", 0
}

func gosbrkOpenFile(how uint32, rights uint64, flags uint32) uint32 {
	f := &gosbrkFile
	return gosbrkPathOpen(f.dir, 0, unsafe.Pointer(&f.path[f.from]), uint32(f.size-f.from), how, rights, 0, flags, unsafe.Pointer(&f.fd))
}

func gosbrkWrite(p unsafe.Pointer, n uint32) uint32 {
	f := &gosbrkFile
	if f.reopens {
		if error := gosbrkOpenFile(0, gosbrkRightToWrite, gosbrkAppend); error != 0 {
			return error
		}
	}
	error := uint32(0)
	for at := uint32(uintptr(p)); n > 0; {
		f.piece = [2]uint32{at, n}
		f.count = 0
		if error = gosbrkWritePieces(f.fd, unsafe.Pointer(&f.piece), 1, unsafe.Pointer(&f.count)); error != 0 {
			break
		}
		if f.count == 0 || f.count > n {
			error = 29 // EIO
			break
		}
		at += f.count
		n -= f.count
	}
	if f.reopens {
		gosbrkCloseFile(f.fd)
	}
	return error
}

func gosbrkClose() {
	if f := &gosbrkFile; !f.reopens {
		gosbrkCloseFile(f.fd)
	}
}

func gosbrkFailed(error uint32) {
	print("gosbrk: the trace ends here: it cannot be written: WASI error ", error, "\n")
}

// gosbrkCommand copies the command line, and gives the bytes that are kept and those that
// it has.
func gosbrkCommand(to []byte) (kept, all int) {
	f := &gosbrkFile
	room := gosbrkWords[gosbrkOut:]
	if gosbrkArgsSizes(unsafe.Pointer(&f.two[0]), unsafe.Pointer(&f.two[1])) != 0 {
		return 0, 0
	}
	count, bytes := int(f.two[0]), int(f.two[1])
	if count == 0 || bytes == 0 || count*4+bytes > len(room)*8 {
		return 0, bytes
	}
	text := unsafe.Slice((*byte)(unsafe.Pointer(&room[0])), len(room)*8)
	if gosbrkArgs(unsafe.Pointer(&text[0]), unsafe.Pointer(&text[count*4])) == 0 {
		kept = copy(to, text[count*4:count*4+bytes])
	}
	for i := range room {
		room[i] = 0
	}
	return kept, bytes
}

//go:nosplit
func exit(code int32) {
	gosbrkEnd()
	gosbrkUnrecorded_exit(code)
}
