// Programs that are built, as they are, on Go and on gosbrk.
module programs

go 1.24
