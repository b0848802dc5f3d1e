// Package linked is where generated packages are linked into a program: a program that
// imports it and is built by an [gosbrk/internal/oracle.Build] has them in
// oracle.Sources. On disk it is empty; the build's overlay adds the file with the
// imports.
package linked
