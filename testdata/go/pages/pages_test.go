package pages

import "testing"

func TestEveryByteCounts(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 64, page - 1, page, page + 1, 3*page + 5} {
		block := make([]byte, n+9)[3 : n+3]
		Touch(block)
		if at := Other(block, 0); at != -1 {
			t.Fatalf("byte %d of %d is not 0", at, n)
		}
		Fill(block, 0xa5)
		Touch(block)
		if at := Other(block, 0xa5); at != -1 {
			t.Fatalf("byte %d of %d was not filled", at, n)
		}
		for i := range block {
			block[i] ^= 1
			if at := Other(block, 0xa5); at != i {
				t.Fatalf("byte %d of %d is wrong, but %d is found", i, n, at)
			}
			block[i] ^= 1
		}
		if n > 0 && Other(block, 0) != 0 {
			t.Fatalf("%d bytes of 0xa5 are not told from 0", n)
		}
	}
}
