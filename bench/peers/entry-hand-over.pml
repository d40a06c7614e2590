/* DAX's entry lock: N threads (at most 4), K rounds, P entries. A bit under a spinlock, exclusive waiters on a queue, who unlocks
   wakes one. Step for step the model of tests/Faultline.Engine.Tests/Families/EntryHandOver.cs: an option or a statement here is
   what one thread does there between two scheduling points, so that states and transitions must agree (-DNOREDUCE; Spin counts
   the initial state as a transition). A thread that is done stays where it is. -DCARELESS: the spinlock is dropped before queueing. */
#ifndef N
#define N 2
#endif
#ifndef K
#define K 1
#endif
#ifndef P
#define P 1
#endif
#if N > 4
#error "the queue has four places"
#endif

bit locked[P];
byte pte[P];
int queue[P];	/* waiters (process number + 1) in 4-bit places, the longest lowest */

#define ENTRY ((_pid + i) % P)
#define AT(place) ((queue[ENTRY] >> (4 * (place))) & 15)
#define ASLEEP (AT(0) == _pid + 1 || AT(1) == _pid + 1 || AT(2) == _pid + 1 || AT(3) == _pid + 1)
#define PLACES ((AT(0) != 0) + (AT(1) != 0) + (AT(2) != 0) + (AT(3) != 0))
#define ENQUEUE queue[ENTRY] = queue[ENTRY] | ((_pid + 1) << (4 * PLACES))

active [N] proctype Thread()
{
	byte i = 0;

end:
	do
	:: d_step { i < K && !locked[ENTRY] -> locked[ENTRY] = 1 }
		pte[ENTRY] = _pid + 1;
		assert(pte[ENTRY] == _pid + 1);
		locked[ENTRY] = 0;
		d_step { queue[ENTRY] = queue[ENTRY] >> 4; i++ }
#ifdef CARELESS
	:: i < K && locked[ENTRY] -> ENQUEUE; !ASLEEP
#else
	:: d_step { i < K && locked[ENTRY] -> ENQUEUE } !ASLEEP
#endif
	od
}
