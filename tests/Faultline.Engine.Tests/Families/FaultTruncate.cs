using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>
/// Faults against truncation and write-back, in small: a semaphore that faults take for reading and truncation for writing, a lock
/// for each page's entry, and page table entries that hardware walks without a lock. Step for step the Promela model
/// bench/peers/fault-truncate.pml, so that the numbers of states and transitions must be Spin's.
/// </summary>
public sealed class FaultTruncate : SmallModel
{
    /// <summary>What is reported when a store can reach a page that write-back takes for clean.</summary>
    public const string WritableButNotDirty = "writable PTE of an entry that is not dirty";

    /// <summary>What is reported when write-back finds a dirty entry's page without a block.</summary>
    public const string FlushedNothing = "flush of a page without a block";

    private static readonly RwSem InvalidateLock = new(0);
    private static readonly Word<int> Size = new(1); // 1: all pages, 0: none
    private const int FirstArray = 2;
    private readonly int rounds;
    private readonly int pages;
    private readonly bool careless;

    /// <summary>A model.</summary>
    /// <param name="faulting">Threads that store to page (thread + round) modulo pages; two more truncate and write back.</param>
    /// <param name="rounds">Stores, truncations or write-backs of each thread.</param>
    /// <param name="pages">Pages of the file.</param>
    /// <param name="careless">Write-back drops the entry's lock before it notes the entry as clean.</param>
    public FaultTruncate(int faulting, int rounds, int pages, bool careless = false)
        : base(faulting + 2)
    {
        (this.rounds, this.pages, this.careless) = (rounds, pages, careless);
        Layout.AddLock("invalidate_lock", "invalidate_lock");
        Layout.Add("size", 1, WordKind.Guarded, InvalidateLock.Index);
        int locks = Layout.AddLock("entry_lock", "entry_lock", count: pages);
        AddForEachPage("entry", WordKind.Guarded, locks);
        AddForEachPage("pte", WordKind.GuardedWithLocklessReaders, locks);
        AddForEachPage("data", WordKind.GuardedWithLocklessReaders, locks);
    }

    public override void Initialise(Execution execution) => execution.Word(Size.Index) = 1;

    public override Call Start(int thread) => (thread - Threads) switch
    {
        -1 => WriteBack(rounds, pages, careless),
        -2 => Truncate(rounds, pages),
        _ => Store(thread, rounds, pages),
    };

    private void AddForEachPage(string name, WordKind kind, int locks)
    {
        for (int page = 0; page < pages; page++)
        {
            Layout.Add($"{name}{page}", 1, kind, locks + page);
        }
    }

    private static async Call Store(int thread, int rounds, int pages)
    {
        for (int i = 0; i < rounds; i++)
        {
            var page = new Page((thread + i) % pages, pages);
            while (await page.Pte.ReadOnce() != Pte.Writable && await Fault(page))
            {
            }
        }
    }

    // False: beyond the end of the file.
    private static async Call<bool> Fault(Page page)
    {
        await InvalidateLock.DownRead();
        if (Size.Get() == 0)
        {
            InvalidateLock.UpRead();
            return false;
        }

        await page.Lock.Lock();
        page.Check();
        if (page.Entry.Get() == Entry.None)
        {
            await page.Data.Write(1); // a new block
        }

        page.Entry.Set(Entry.Dirty);
        await page.Pte.Write(Pte.Writable);
        page.Lock.Unlock();
        InvalidateLock.UpRead();
        return true;
    }

    private static async Call Truncate(int rounds, int pages)
    {
        for (int i = 0; i < rounds; i++)
        {
            await InvalidateLock.DownWrite();
            Size.Set(0);
            for (int p = 0; p < pages; p++)
            {
                var page = new Page(p, pages);
                await page.Lock.Lock();
                page.Check();
                await page.Pte.Write(Pte.None);
                await page.Data.Write(0);
                page.Entry.Set(Entry.None);
                page.Lock.Unlock();
            }

            InvalidateLock.UpWrite();
            await InvalidateLock.DownWrite();
            Size.Set(1);
            InvalidateLock.UpWrite();
        }
    }

    private static async Call WriteBack(int rounds, int pages, bool careless)
    {
        for (int i = 0; i < rounds; i++)
        {
            for (int p = 0; p < pages; p++)
            {
                await WriteBackOne(new Page(p, pages), careless);
            }
        }
    }

    private static async Call WriteBackOne(Page page, bool careless)
    {
        await page.Lock.Lock();
        if (page.Entry.Get() != Entry.Dirty)
        {
            page.Lock.Unlock();
            return;
        }

        await page.Pte.Write(Pte.ReadOnly);
        if (careless)
        {
            page.Lock.Unlock();
            await page.Lock.Lock();
        }

        if (await page.Data.ReadOnce() == 0) // the flush
        {
            Execution.Current.Raise(ViolationKind.Invariant, FlushedNothing);
        }

        page.Entry.Set(Entry.Clean);
        page.Lock.Unlock();
    }

    private enum Pte
    {
        None,
        ReadOnly,
        Writable,
    }

    private enum Entry
    {
        None,
        Clean,
        Dirty,
    }

    /// <summary>A page's words: locks, entries, PTEs and data lie one array after the other.</summary>
    private readonly record struct Page(int Number, int Pages)
    {
        public Mutex Lock => new(FirstArray + Number);

        public Word<Entry> Entry => new(FirstArray + Pages + Number);

        public Word<Pte> Pte => new(FirstArray + (2 * Pages) + Number);

        public Word<int> Data => new(FirstArray + (3 * Pages) + Number);

        public void Check()
        {
            if (Pte.Get() == FaultTruncate.Pte.Writable && Entry.Get() != FaultTruncate.Entry.Dirty)
            {
                Execution.Current.Raise(ViolationKind.Invariant, WritableButNotDirty);
            }
        }
    }
}
