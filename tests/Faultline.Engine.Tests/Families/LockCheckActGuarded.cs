using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>The same race written as kernel code is: words guarded by a lock, so that each critical section is one step.</summary>
public sealed class LockCheckActGuarded : SmallModel
{
    private static readonly Mutex Lock = new(0);
    private static readonly Word<int> Pte = new(1);
    private static readonly Word<int> Block = new(2);
    private readonly int rounds;
    private readonly bool pteFirst;

    /// <summary>So many faulting threads and one that truncates; the C program of the peers clears the PTE before the block.</summary>
    public LockCheckActGuarded(int faulting, int rounds, bool pteFirst = false)
        : base(faulting + 1)
    {
        this.rounds = rounds;
        this.pteFirst = pteFirst;
        Layout.AddLock("l", "l");
        Layout.Add("pte", 1, WordKind.Guarded, Lock.Index);
        Layout.Add("blk", 1, WordKind.Guarded, Lock.Index);
    }

    public override IReadOnlyList<IReadOnlyList<int>> Interchangeable => [[.. Enumerable.Range(0, Threads - 1)]];

    public override Call Start(int thread) => thread < Threads - 1 ? Fault(rounds) : Truncate(rounds, pteFirst);

    public override void CheckState(Execution execution)
    {
        if (Pte.Raw == 2 && Block.Raw == 0)
        {
            execution.Raise(ViolationKind.Invariant, "mapped block without a block");
        }
    }

    /// <summary>The last state maps a block that is not there any more.</summary>
    public static bool EndsBadly(Execution execution) => execution.Word(Pte.Index) == 2 && execution.Word(Block.Index) == 0;

    private static async Call Fault(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            await Lock.Lock();
            int pfn = Block.Get() == 0 ? 1 : 2;
            Lock.Unlock();
            if (pfn == 1)
            {
                await Lock.Lock();
                Block.Set(1);
                pfn = 2;
                Lock.Unlock();
            }

            await Lock.Lock();
            if (Pte.Get() == 0)
            {
                Pte.Set(pfn);
            }

            Lock.Unlock();
        }
    }

    private static async Call Truncate(int rounds, bool pteFirst)
    {
        for (int i = 0; i < rounds; i++)
        {
            await Lock.Lock();
            (pteFirst ? Pte : Block).Set(0);
            Lock.Unlock();
            await Lock.Lock();
            (pteFirst ? Block : Pte).Set(0);
            Lock.Unlock();
        }
    }
}
