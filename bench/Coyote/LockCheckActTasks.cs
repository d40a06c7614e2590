using Microsoft.Coyote.Specifications;

namespace Faultline.Bench.Coyote;

/// <summary>
/// Lock, check, drop, act as plain C#: section for section the model tests/Faultline.Engine.Tests/Families/LockCheckActGuarded.cs,
/// with tasks for threads and a monitor for the lock. It ends badly when the page table entry maps a block that was truncated.
/// </summary>
internal sealed class LockCheckActTasks(int faulting, int rounds, bool check)
{
    private readonly object entryLock = new();
    private int pte;
    private int block;

    /// <summary>Runs all threads to their ends and checks the last state.</summary>
    public async Task Run()
    {
        var threads = new Task[faulting + 1];
        for (int t = 0; t < faulting; t++)
        {
            threads[t] = Task.Run(Fault);
        }

        threads[faulting] = Task.Run(Truncate);
        await Task.WhenAll(threads);
        Specification.Assert(!check || pte != 2 || block != 0, "mapped block without a block");
    }

    private void Fault()
    {
        for (int i = 0; i < rounds; i++)
        {
            int pfn;
            lock (entryLock)
            {
                pfn = block == 0 ? 1 : 2;
            }

            if (pfn == 1)
            {
                lock (entryLock)
                {
                    block = 1;
                    pfn = 2;
                }
            }

            lock (entryLock)
            {
                if (pte == 0)
                {
                    pte = pfn;
                }
            }
        }
    }

    private void Truncate()
    {
        for (int i = 0; i < rounds; i++)
        {
            lock (entryLock)
            {
                block = 0;
            }

            lock (entryLock)
            {
                pte = 0;
            }
        }
    }
}
