module gosbrk

go 1.24.0
