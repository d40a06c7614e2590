using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>
/// DAX's entry lock in small: a bit of the entry under a spinlock, exclusive waiters on a queue, and who unlocks wakes one. Step for
/// step the Promela model bench/peers/entry-hand-over.pml, so that the numbers of states and transitions must be Spin's.
/// Threads on different entries have nothing in common.
/// </summary>
public sealed class EntryHandOver : SmallModel
{
    /// <summary>What is reported when two threads hold one entry.</summary>
    public const string NotExclusive = "two threads hold one entry";

    private readonly int rounds;
    private readonly int entries;
    private readonly bool careless;

    /// <summary>A model.</summary>
    /// <param name="threads">Threads; each locks entry (thread + round) modulo entries.</param>
    /// <param name="rounds">How often each thread does.</param>
    /// <param name="entries">Entries, each in a file of its own.</param>
    /// <param name="careless">Drop the spinlock before queueing up: a wake-up can get lost.</param>
    public EntryHandOver(int threads, int rounds, int entries, bool careless = false)
        : base(threads)
    {
        (this.rounds, this.entries, this.careless) = (rounds, entries, careless);
        int locks = Layout.AddLock("xa_lock", "xa_lock", spinning: true, count: entries);
        for (int e = 0; e < entries; e++)
        {
            Layout.Add($"locked{e}", 1, WordKind.Guarded, locks + e);
        }

        Layout.Add("queue", entries, WordKind.Synchronisation);
        Layout.Add("pte", entries, WordKind.Visible);
    }

    public override Call Start(int thread) => Body(thread, rounds, entries, careless);

    private static async Call Body(int thread, int rounds, int entries, bool careless)
    {
        for (int i = 0; i < rounds; i++)
        {
            var entry = new Entry((thread + i) % entries, entries);
            await GetUnlocked(entry, careless);
            await entry.Pte.Write(thread + 1);
            if (await entry.Pte.ReadOnce() != thread + 1)
            {
                Execution.Current.Raise(ViolationKind.Invariant, NotExclusive);
            }

            await PutUnlocked(entry);
        }
    }

    private static async Call GetUnlocked(Entry entry, bool careless)
    {
        while (true)
        {
            await entry.Lock.Lock();
            if (entry.Locked.Get() == 0)
            {
                entry.Locked.Set(1);
                entry.Lock.Unlock();
                return;
            }

            if (careless)
            {
                entry.Lock.Unlock();
                await entry.Queue.PrepareToWaitExclusive();
            }
            else
            {
                await entry.Queue.PrepareToWaitExclusive();
                entry.Lock.Unlock();
            }

            await entry.Queue.Sleep();
        }
    }

    private static async Call PutUnlocked(Entry entry)
    {
        await entry.Lock.Lock();
        entry.Locked.Set(0);
        entry.Lock.Unlock();
        await entry.Queue.WakeOne();
    }

    /// <summary>An entry's words: locks, lock bits, queues and PTEs lie one array after the other.</summary>
    private readonly record struct Entry(int Number, int Entries)
    {
        public Mutex Lock => new(Number);

        public Word<int> Locked => new(Entries + Number);

        public WaitQueue Queue => new((2 * Entries) + Number);

        public Word<int> Pte => new((3 * Entries) + Number);
    }
}
