package main

import (
	"path/filepath"
	"sync"

	pb "deephealth.example/runtime/generated/runtimev1"
)

// version is one version of one model. The store's lock guards what changes.
type version struct {
	name, version, folder string
	model                 model
	state                 pb.ModelState
	read                  *modelPackage
	refused               *refusal
	running               int
}

// store holds the versions that are served: their states, and what runs of each.
type store struct {
	lock     sync.Mutex
	versions []*version
	// Closed and replaced at each change: whoever watches or waits wakes.
	changed chan struct{}
}

func openStore(folder string) *store {
	s := &store{changed: make(chan struct{})}
	found, _ := filepath.Glob(filepath.Join(folder, "*", "*"))
	for _, path := range found {
		name := filepath.Base(filepath.Dir(path))
		if known, isKnown := models[name]; isKnown {
			s.versions = append(s.versions, &version{name: name, version: filepath.Base(path), folder: path, model: known})
		}
	}
	for _, one := range s.versions {
		s.verify(one)
	}
	return s
}

func (s *store) find(name, number string) (*version, error) {
	var found *version
	isNamed := false
	for _, one := range s.versions {
		if one.name != name {
			continue
		}
		isNamed = true
		if number == "" || one.version == number {
			found = one
		}
	}
	if found != nil {
		return found, nil
	}
	if isNamed {
		return nil, notFound("MODEL_VERSION_NOT_FOUND", "The model has no such version.")
	}
	return nil, notFound("MODEL_NOT_FOUND", "No model of this name is in the store.")
}

// verify reads the package again: READY if all is as stated, else refused with the reason.
func (s *store) verify(one *version) *refusal {
	read, refused := readPackage(one.folder)
	s.lock.Lock()
	defer s.lock.Unlock()
	one.refused = refused
	if refused != nil {
		s.enter(one, pb.ModelState_MODEL_STATE_QUARANTINED)
		return refused
	}
	one.read = read
	s.enter(one, pb.ModelState_MODEL_STATE_READY)
	return nil
}

// unload takes no new work, and lets what runs finish.
func (s *store) unload(one *version) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.enter(one, pb.ModelState_MODEL_STATE_DRAINING)
	for one.running > 0 {
		changed := s.changed
		s.lock.Unlock()
		<-changed
		s.lock.Lock()
	}
	s.enter(one, pb.ModelState_MODEL_STATE_UNLOADED)
}

// begin counts a request as running until done is called: its version is not unloaded under it.
func (s *store) begin(one *version) (read *modelPackage, done func(), err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	switch one.state {
	case pb.ModelState_MODEL_STATE_READY:
	case pb.ModelState_MODEL_STATE_QUARANTINED:
		return nil, nil, precondition("MODEL_QUARANTINED", "The version was refused; ListModels says why.")
	default:
		return nil, nil, precondition("MODEL_UNLOADED", "The version was unloaded. Load it first.")
	}
	one.running++
	done = func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		one.running--
		s.wake()
	}
	return one.read, done, nil
}

// summaries of the versions of this name, or of all, and a channel that closes at the next change.
func (s *store) summaries(name string) ([]*pb.ModelSummary, <-chan struct{}) {
	s.lock.Lock()
	defer s.lock.Unlock()
	var listed []*pb.ModelSummary
	for _, one := range s.versions {
		if name == "" || one.name == name {
			listed = append(listed, one.summary())
		}
	}
	return listed, s.changed
}

func (s *store) summary(one *version) *pb.ModelSummary {
	s.lock.Lock()
	defer s.lock.Unlock()
	return one.summary()
}

func (v *version) summary() *pb.ModelSummary {
	summary := &pb.ModelSummary{Name: v.name, Version: v.version, State: v.state, IsDefault: true}
	if v.read != nil {
		summary.Title, summary.PackageSha256 = v.read.manifest.Title, v.read.sha256
	}
	if v.refused != nil {
		summary.StateReason = &pb.StateReason{Reason: v.refused.reason, Message: v.refused.message}
	}
	return summary
}

func (s *store) enter(one *version, state pb.ModelState) {
	one.state = state
	s.wake()
}

func (s *store) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
