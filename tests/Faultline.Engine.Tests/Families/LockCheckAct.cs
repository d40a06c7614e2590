using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>
/// Lock, check, drop, act on one page table entry: faulting threads and one that truncates, statement for statement as the Promela
/// model bench/peers/lock-check-act.pml, so that the numbers of states can be compared with Spin's. Every statement is a step: no
/// word is guarded, taking and dropping the lock change a visible word, and a process may only die after all younger ones, as in Spin.
/// Where processes die as they like, the faulting threads are equal.
/// </summary>
public sealed class LockCheckAct : SmallModel
{
    private static readonly Word<int> Pte = new(0);
    private static readonly Word<int> Block = new(1);
    private static readonly Word<int> Taken = new(2); // the Promela model's lock variable
    private static readonly Word<int> Finished = new(3);
    private static readonly Mutex Lock = new(4);
    private static readonly Word<int> Nowhere = new(5); // what a step is about that touches no shared word
    private const int FirstQueue = 6;
    private readonly int rounds;
    private readonly bool inOrder;

    public LockCheckAct(int faulting, int rounds, bool diesInOrder = true)
        : base(faulting + 1)
    {
        this.rounds = rounds;
        inOrder = diesInOrder;
        Layout.Add("pte", 1, WordKind.Visible);
        Layout.Add("blk", 1, WordKind.Visible);
        Layout.Add("lock", 1, WordKind.Visible);
        Layout.Add("fin", 1, WordKind.Visible);
        Layout.AddLock("l", "l");
        Layout.Add("nowhere", 1, WordKind.Private);
        Layout.Add("younger", faulting + 1, WordKind.Synchronisation);
    }

    // Each thread waits, at its end, for the next one.
    public override void Initialise(Execution execution)
    {
        for (int t = 0; inOrder && t < Threads - 1; t++)
        {
            execution.Word(FirstQueue + t) = t + 1;
        }
    }

    public override IReadOnlyList<IReadOnlyList<int>> Interchangeable => inOrder ? [] : [[.. Enumerable.Range(0, Threads - 1)]];

    public override Call Start(int thread) => thread < Threads - 1 ? Fault(rounds) : Truncate(rounds);

    private static async Call Fault(int rounds)
    {
        int pfn = 0;
        for (int i = 0; ; i++)
        {
            await Local(); // i < K, or else
            if (i == rounds)
            {
                break;
            }

            await Acquire();
            if (await Block.ReadOnce() == 0)
            {
                await Local();
                pfn = 1;
            }
            else
            {
                await Local();
                pfn = 2;
            }

            await Release();
            await Local(); // pfn == 1, or else
            if (pfn == 1)
            {
                await Acquire();
                await Block.Write(1);
                await Local();
                pfn = 2;
                await Release();
            }

            await Acquire();
            if (await Pte.ReadOnce() == 0)
            {
                await Pte.Write(pfn);
            }

            await Release();
            await Local(); // i++
        }

        await Die();
    }

    private static async Call Truncate(int rounds)
    {
        for (int i = 0; ; i++)
        {
            await Local();
            if (i == rounds)
            {
                break;
            }

            await Acquire();
            await Block.Write(0);
            await Release();
            await Acquire();
            await Pte.Write(0);
            await Release();
            await Local();
        }

        await Die();
    }

    private static int Me => Execution.Current.Me;

    private static bool InOrder => ((LockCheckAct)Execution.Current.Model).inOrder;

    private static AccessStep Local() => new(Nowhere.Index);

    private static async Call Acquire()
    {
        await Lock.Lock();
        Taken.WriteAlso(1); // ends the stretch: the next access is a step of its own
    }

    private static async Call Release()
    {
        await Taken.Write(0);
        Lock.Unlock();
    }

    private static async Call Die()
    {
        await new AccessStep(Finished.Index); // fin++, in one step
        Finished.WriteAlso(Finished.Raw + 1);
        if (InOrder)
        {
            await new WaitQueue(FirstQueue + Me).Sleep();
        }

        if (InOrder && Me > 0)
        {
            await new WaitQueue(FirstQueue + Me - 1).WakeOne();
        }
    }
}
