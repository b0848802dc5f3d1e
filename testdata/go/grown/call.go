//go:build cgo

package main

// extern void called(int n);
// void call(int n) { called(n); }
import "C"
