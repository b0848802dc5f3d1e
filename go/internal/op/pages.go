package op

// Tag is what one page is to the callers of the memory layer.
type Tag uint8

// The tags.
const (
	None  Tag = iota // nobody's: free, or never handed out
	First            // held, and a region starts here
	Rest             // held, and part of the region before it
)

// Pages is what careful callers know between them: which pages they were given, and where
// each region starts. A region is what one call returned; freeing a part of it leaves one
// region on each side. It is kept from ops and results alone, so that it is a judge of
// engines and not another of them.
type Pages struct {
	Size uint64 // bytes in a page
	Tags []Tag  // by page number from the base; pages beyond are None
}

// Reset forgets everything; the pages are of the given size from now on.
func (p *Pages) Reset(size uint64) {
	p.Size = size
	p.Tags = p.Tags[:0]
}

// At is the tag of page i.
func (p *Pages) At(i uint64) Tag {
	if i >= uint64(len(p.Tags)) {
		return None
	}
	return p.Tags[i]
}

// Region is the region that holds page i, as pages [first, end). If nobody holds it both
// are i.
func (p *Pages) Region(i uint64) (first, end uint64) {
	if p.At(i) == None {
		return i, i
	}
	for first = i; p.Tags[first] != First; first-- {
	}
	for end = i + 1; p.At(end) == Rest; end++ {
	}
	return first, end
}

// Apply records a call and what came of it. The op is one that careful callers may make.
func (p *Pages) Apply(o Op, r Result) {
	switch {
	case o.Kind == Free && o.V != Nil:
		first, end := p.span(o.V, o.N)
		clear(p.Tags[first:end])
		if p.At(end) == Rest {
			p.Tags[end] = First
		}
	case o.Kind == ReserveAligned && r.P != Nil:
		p.hold(r.P, r.N)
	case o.Kind.Returns() && r.P != Nil:
		p.hold(r.P, o.N)
	}
}

// hold records that n bytes at v are a region.
func (p *Pages) hold(v Ptr, n uint64) {
	first, end := p.span(v, n)
	for uint64(len(p.Tags)) < end {
		p.Tags = append(p.Tags, None)
	}
	p.Tags[first] = First
	for i := first + 1; i < end; i++ {
		p.Tags[i] = Rest
	}
}

// span is the pages [first, end) of n bytes at v.
func (p *Pages) span(v Ptr, n uint64) (first, end uint64) {
	first = uint64(v) / p.Size
	return first, first + (n+p.Size-1)/p.Size
}
