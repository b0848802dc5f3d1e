module gosbrk/guest

go 1.21
