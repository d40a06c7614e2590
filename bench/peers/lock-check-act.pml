/* Lock, check, drop, act on one page table entry: N faulting threads and one that truncates, K rounds each. Statement for
   statement the model of tests/Faultline.Engine.Tests/Families/LockCheckAct.cs, whose numbers of states must be Spin's (-DNOREDUCE). */
#ifndef N
#define N 2
#endif
#ifndef K
#define K 1
#endif
byte pte = 0;	/* 0: none, else a page frame number */
byte blk = 0;	/* 0: a hole */
byte lock = 0;
byte fin = 0;

inline acquire() { atomic { lock == 0 -> lock = 1 } }
inline release() { lock = 0 }

active [N] proctype Fault()
{
	byte pfn;
	byte i = 0;

	do
	:: i < K ->
		acquire();
		if
		:: blk == 0 -> pfn = 1
		:: else -> pfn = 2
		fi;
		release();
		if
		:: pfn == 1 -> acquire(); blk = 1; pfn = 2; release()
		:: else
		fi;
		acquire();
		if
		:: pte == 0 -> pte = pfn
		:: else
		fi;
		release();
		i++
	:: else -> break
	od;
	fin++
}

active proctype Truncate()
{
	byte i = 0;

	do
	:: i < K -> acquire(); blk = 0; release(); acquire(); pte = 0; release(); i++
	:: else -> break
	od;
	fin++
}
