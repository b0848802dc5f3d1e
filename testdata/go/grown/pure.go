//go:build !cgo

package main

func callback(int) { grow() }
