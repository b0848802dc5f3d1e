//go:build !gosbrk_nodirect

package gosbrk

// viaCgo says that Direct's methods are no more than the functions.
const viaCgo = false
