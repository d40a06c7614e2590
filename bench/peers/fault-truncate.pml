/* Faults against truncation and write-back: N storing threads, one that truncates, one that writes back, K rounds each, P pages.
   Step for step the model of tests/Faultline.Engine.Tests/Families/FaultTruncate.cs: an option or a statement here is what one
   thread does there between two scheduling points, so that states and transitions must agree (-DNOREDUCE; Spin counts the initial
   state as a transition). A thread that is done stays where it is. -DCARELESS: write-back drops the entry's lock too early. */
#ifndef N
#define N 2
#endif
#ifndef K
#define K 1
#endif
#ifndef P
#define P 1
#endif
#define NONE 0
#define READONLY 1
#define CLEAN 1
#define WRITABLE 2
#define DIRTY 2

byte readers = 0;	/* the semaphore: readers, a writer, a writer that waits and holds back new readers */
bit writer = 0;
bit queued = 0;
bit size = 1;
bit locked[P];
byte entry[P];
byte pte[P];
bit data[P];

#define PAGE ((_pid + i) % P)
#define CHECK(p) assert(pte[p] != WRITABLE || entry[p] == DIRTY)

active [N] proctype Store()
{
	byte i = 0;

end:
	do
	:: d_step { i < K && pte[PAGE] == WRITABLE -> i++ }
	:: i < K && pte[PAGE] != WRITABLE ->
		if
		:: d_step { !writer && !queued && !size -> i++ }
		:: d_step { !writer && !queued && size -> readers++ }
			if
			:: d_step { !locked[PAGE] && entry[PAGE] == NONE ->
				CHECK(PAGE); locked[PAGE] = 1; data[PAGE] = 1; entry[PAGE] = DIRTY }
				d_step { pte[PAGE] = WRITABLE; locked[PAGE] = 0; readers-- }
			:: d_step { !locked[PAGE] && entry[PAGE] != NONE ->
				CHECK(PAGE); entry[PAGE] = DIRTY; pte[PAGE] = WRITABLE; readers-- }
			fi
		fi
	od
}

active proctype Truncate()
{
	byte i = 0;
	byte p = 0;

end:
	do
	:: d_step { i < K && readers > 0 && !queued -> queued = 1 }
	:: d_step { i < K && readers == 0 -> queued = 0; writer = 1; size = 0 }
		do
		:: d_step { !locked[p] -> CHECK(p); locked[p] = 1; pte[p] = NONE }
			if
			:: d_step { p < P - 1 -> data[p] = 0; entry[p] = NONE; locked[p] = 0; p++ }
			:: d_step { p == P - 1 -> data[p] = 0; entry[p] = NONE; locked[p] = 0; p = 0; writer = 0 } break
			fi
		od;
		do
		:: d_step { readers > 0 && !queued -> queued = 1 }
		:: d_step { readers == 0 -> queued = 0; size = 1; i++ } break
		od
	od
}

#define NEXT p++; if :: p == P -> p = 0; i++ :: else fi

active proctype WriteBack()
{
	byte i = 0;
	byte p = 0;

end:
	do
	:: d_step { i < K && !locked[p] && entry[p] != DIRTY -> NEXT }
#ifdef CARELESS
	:: d_step { i < K && !locked[p] && entry[p] == DIRTY -> pte[p] = READONLY }
		d_step { !locked[p] -> assert(data[p]); entry[p] = CLEAN; NEXT }
#else
	:: d_step { i < K && !locked[p] && entry[p] == DIRTY -> locked[p] = 1; pte[p] = READONLY }
		d_step { assert(data[p]); entry[p] = CLEAN; locked[p] = 0; NEXT }
#endif
	od
}
