module example.com/gouser

go 1.24

require gosbrk v0.0.0

replace gosbrk => ../../go
