using System.Numerics;
using Faultline.Engine.State;

namespace Faultline.Engine;

/// <summary>
/// Locks, wait queues and guarded words. A lock word holds its readers in bits 0-7, its owner (thread + 1) in bits 8-11 and the
/// writers that queue for it in bits 16-23; a mutex never has readers. A wait queue word holds waiting threads (thread + 1) in
/// 4-bit places, the longest waiter lowest.
/// </summary>
public sealed unsafe partial class Execution
{
    private const int ReadersMask = 0xff;
    private const int OwnerShift = 8;
    private const int OwnerMask = 0xf << OwnerShift;
    private const int QueuedShift = 16;
    private const int QueuedMask = 0xff << QueuedShift;

    private readonly OrderSources[] lockOrder;

    /// <summary>The order known so far, for each pair of lock classes.</summary>
    internal Span<OrderSources> LockOrder => lockOrder;

    /// <summary>Only note which orders occur, and leave it to <see cref="Search.LockOrders"/> to say which of them are violations.</summary>
    internal bool CollectsLockOrder { get; init; }

    /// <summary>The edges of the order known so far, by the numbers of their classes.</summary>
    internal List<LockOrderEdge> LockOrderEdges()
    {
        var edges = new List<LockOrderEdge>();
        int count = Layout.Classes.Count;
        for (int i = 0; i < lockOrder.Length; i++)
        {
            OrderSources how = lockOrder[i];
            if (how != OrderSources.None)
            {
                edges.Add(new LockOrderEdge(
                    i / count, i % count, how.HasFlag(OrderSources.Documented), how.HasFlag(OrderSources.Seen)));
            }
        }

        return edges;
    }

    /// <summary>Takes an order for known.</summary>
    internal void KnowOrder(IEnumerable<LockOrderEdge> edges)
    {
        foreach (LockOrderEdge edge in edges)
        {
            lockOrder[(edge.Held * Layout.Classes.Count) + edge.Taken] |= OrderSources.Seen;
        }
    }

    /// <summary>True when a lock of one class was taken, or waited for, with one of another held, since the order was last cleared.</summary>
    internal bool SawOrder(int heldClass, int takenClass) =>
        lockOrder[(heldClass * Layout.Classes.Count) + takenClass].HasFlag(OrderSources.Seen)
        || (Raised.Count > 0 && Raised.Contains(Layout.InversionOf(heldClass, takenClass)));

    /// <summary>True when the running thread owns the lock exclusively.</summary>
    public bool Owns(int lockWord) => (words[lockWord] & OwnerMask) == (Me + 1) << OwnerShift;

    /// <summary>True when the running thread holds the lock, for reading or exclusively.</summary>
    public bool Holds(int lockWord) => Owns(lockWord) || (words[lockWord] & (1 << Me)) != 0;

    /// <summary>True when somebody owns the lock exclusively.</summary>
    public bool IsOwned(int lockWord) => (Read(lockWord) & OwnerMask) != 0;

    /// <summary>No scheduling point is needed before taking this lock: nobody can be in the way, or there is nobody else.</summary>
    internal bool TakesAtOnce(int lockWord, StepKind kind) =>
        (kind == StepKind.DownRead && Layout.IsNeverWritten(lockWord)) || (RunsAlone && words[lockWord] == 0);

    internal int GuardedRead(int word)
    {
        WordKind kind = kinds[word];
        if (kind is WordKind.Visible or WordKind.Synchronisation)
        {
            throw new ModelException($"{Layout.NameOf(word)} has no lock: its reads are awaited");
        }

        if (kind <= WordKind.GuardedWithLocklessReaders && !Holds(guards[word]))
        {
            Raise(ViolationKind.DataRace, Layout.RangeOf(word).Name, word);
        }

        LogRead(word);
        return words[word];
    }

    internal void GuardedWrite(int word, int value)
    {
        WordKind kind = kinds[word];
        if (kind is WordKind.GuardedWithLocklessReaders or WordKind.Visible or WordKind.Synchronisation)
        {
            throw new ModelException($"{Layout.NameOf(word)} can be seen without its lock: its writes are awaited");
        }

        CheckedStore(word, value);
    }

    /// <summary>A write by the hardware itself, which takes no lock (the dirty bit of a PTE), within a step already visible.</summary>
    internal void HardwareWrite(int word, int value)
    {
        Commit();
        LogWrite(word);
        Recorder?.Wrote(word, words[word], value);
        words[word] = value;
    }

    internal void VisibleWrite(int word, int value)
    {
        Commit();
        CheckedStore(word, value);
    }

    internal int VisibleRead(int word)
    {
        if (kinds[word] == WordKind.Guarded)
        {
            throw new ModelException($"{Layout.NameOf(word)} is read without its lock: declare that it has lockless readers");
        }

        Commit();
        LogRead(word);
        return words[word];
    }

    internal void Acquire(int lockWord, StepKind kind)
    {
        if (kind == StepKind.DownWrite)
        {
            LogWrite(lockWord); // while it is held, the writer queues
        }

        NoteOrder(lockWord, kind);
        Take(lockWord, kind);
    }

    internal bool TryAcquireRead(int lockWord)
    {
        Commit();
        LogRead(lockWord);
        bool free = (words[lockWord] & (OwnerMask | QueuedMask)) == 0;
        if (free)
        {
            Take(lockWord, StepKind.DownRead);
        }

        return free;
    }

    internal void NoteTaken(int lockWord)
    {
        if (words[lockWord] != 0)
        {
            throw new ModelException($"{Layout.NameOf(lockWord)} is noted as taken twice");
        }

        Take(lockWord, StepKind.Lock);
    }

    private void Take(int lockWord, StepKind kind)
    {
        if (kind == StepKind.DownRead)
        {
            if (Holds(lockWord))
            {
                throw new ModelException($"thread {Me} reads {Layout.NameOf(lockWord)} twice at once: its word has one place per reader");
            }

            LogTaken(lockWord, shared: true);
            LogRead(lockWord); // readers commute
            words[lockWord] |= 1 << Me;
        }
        else
        {
            if (Layout.IsNeverWritten(lockWord))
            {
                throw new ModelException($"{Layout.NameOf(lockWord)} is taken for writing, but declared as never written");
            }

            LogTaken(lockWord, shared: false);
            words[lockWord] = (words[lockWord] & ~(1 << (QueuedShift + Me))) | ((Me + 1) << OwnerShift);
        }

        if (header->HeldCount == ThreadHeader.MaxHeld)
        {
            throw new ModelException($"thread {Me} holds more than {ThreadHeader.MaxHeld} locks");
        }

        header->Held[header->HeldCount++] = lockWord;
        Recorder?.Acquired(lockWord, kind);
    }

    internal void Release(int lockWord, bool shared)
    {
        Commit();
        if (shared ? Owns(lockWord) || !Holds(lockWord) : !Owns(lockWord))
        {
            Raise(ViolationKind.BadUnlock, Layout.RangeOf(lockWord).Name, lockWord);
            return;
        }

        Log((lockWord << Accesses.Shift) | (shared ? Accesses.Reads : Accesses.Drops));
        words[lockWord] &= Owns(lockWord) ? ~OwnerMask : ~(1 << Me);
        int at = header->HeldCount - 1;
        while (header->Held[at] != lockWord)
        {
            at--;
        }

        header->HeldCount--;
        for (; at < header->HeldCount; at++)
        {
            header->Held[at] = header->Held[at + 1];
        }

        header->Held[header->HeldCount] = 0;
        Recorder?.Released(lockWord);
    }

    internal void Enqueue(int queue)
    {
        Commit();
        if (Waits(words[queue], Me))
        {
            throw new ModelException($"thread {Me} queues up on {Layout.NameOf(queue)} twice");
        }

        LogWrite(queue);
        int places = (32 - BitOperations.LeadingZeroCount((uint)words[queue]) + 3) / 4;
        words[queue] |= (Me + 1) << (4 * places);
        Recorder?.Note($"prepare_to_wait_exclusive({Layout.NameOf(queue)})");
    }

    internal void Wake(int queue, bool all)
    {
        Commit();
        LogWrite(queue);
        if (words[queue] != 0)
        {
            Recorder?.Note($"wake {(all ? "all" : $"P{(words[queue] & 0xf) - 1}")}");
        }

        words[queue] = all ? 0 : (int)((uint)words[queue] >> 4);
    }

    internal void CheckMaySleep(int word)
    {
        for (int i = 0; i < header->HeldCount; i++)
        {
            if (Layout.Classes[Layout.ClassOf(header->Held[i])].Spinning)
            {
                Raise(ViolationKind.SleepInAtomic, Layout.RangeOf(word).Name, word);
            }
        }
    }

    /// <summary>The threads that hold the lock that a thread waits for, a bit each; none when it waits for something else.</summary>
    /// <param name="kind">What the thread does next.</param>
    /// <param name="value">The value of the word that this is about.</param>
    internal static int HoldersOf(StepKind kind, int value) =>
        kind is StepKind.Lock or StepKind.DownRead or StepKind.DownWrite ? Holders(value) : 0;

    /// <summary>The threads that may let a thread go on that is blocked, a bit each: all, where that is not known.</summary>
    /// <param name="kind">What the thread does next.</param>
    /// <param name="value">The value of the word that this is about.</param>
    internal static int MayEnable(StepKind kind, int value) => kind switch
    {
        StepKind.Lock or StepKind.DownWrite => Holders(value),
        StepKind.DownRead => Holders(value) | ((value & QueuedMask) >> QueuedShift),
        _ => ReadersMask,
    };

    /// <summary>The locks that the running thread holds, as an access log spells taking them.</summary>
    internal int[] HeldCodes(byte* state, int thread)
    {
        ThreadHeader* holder = Shape.Header(state, thread);
        var codes = new int[holder->HeldCount];
        for (int i = 0; i < codes.Length; i++)
        {
            bool owned = (((int*)state)[holder->Held[i]] & OwnerMask) == (thread + 1) << OwnerShift;
            codes[i] = (holder->Held[i] << Accesses.Shift) | (owned ? Accesses.Takes : Accesses.TakesShared);
        }

        return codes;
    }

    private static int Holders(int lockValue)
    {
        int owner = (lockValue & OwnerMask) >> OwnerShift;
        return (lockValue & ReadersMask) | (owner == 0 ? 0 : 1 << (owner - 1));
    }

    private static bool IsFree(int lockValue) => (lockValue & (ReadersMask | OwnerMask)) == 0;

    /// <summary>Can a thread take a step that may have to wait, with this value of its word?</summary>
    internal static bool CanProceed(int value, StepKind kind, int thread) => kind switch
    {
        StepKind.Lock => value == 0,
        StepKind.DownRead => (value & (OwnerMask | QueuedMask)) == 0,
        StepKind.DownWrite => IsFree(value) || (value & (1 << (QueuedShift + thread))) == 0,
        _ => !Waits(value, thread),
    };

    private static bool Waits(int queue, int thread)
    {
        for (uint rest = (uint)queue; rest != 0; rest >>= 4)
        {
            if ((rest & 0xf) == thread + 1)
            {
                return true;
            }
        }

        return false;
    }

    private void QueueWriter(int lockWord)
    {
        LogWrite(lockWord);
        words[lockWord] |= 1 << (QueuedShift + Me);
        Recorder?.Note($"waits for {Layout.NameOf(lockWord)}, holding back new readers");
    }

    private void CheckedStore(int word, int value)
    {
        if (kinds[word] <= WordKind.GuardedWithLocklessReaders && !Owns(guards[word]))
        {
            Raise(ViolationKind.DataRace, Layout.RangeOf(word).Name, word);
        }

        LogWrite(word);
        Recorder?.Wrote(word, words[word], value);
        words[word] = value;
    }

    internal void NoteOrder(int lockWord, StepKind kind)
    {
        int taken = Layout.ClassOf(lockWord), count = Layout.Classes.Count;
        if (!Layout.Classes[taken].Spinning)
        {
            CheckMaySleep(lockWord);
        }

        for (int i = 0; i < header->HeldCount; i++)
        {
            int held = Layout.ClassOf(header->Held[i]);
            if (held == taken)
            {
                continue;
            }

            Recorder?.Ordered(header->Held[i], lockWord, kind);
            if (!CollectsLockOrder && Reaches(taken, held, count, 0))
            {
                Raise(ViolationKind.LockOrder, Layout.InversionOf(held, taken).Name, lockWord);
            }
            else
            {
                lockOrder[(held * count) + taken] |= OrderSources.Seen;
            }
        }
    }

    private bool Reaches(int from, int to, int count, int depth)
    {
        if (lockOrder[(from * count) + to] != OrderSources.None)
        {
            return true;
        }

        for (int next = 0; next < count && depth < count; next++)
        {
            if (lockOrder[(from * count) + next] != OrderSources.None && Reaches(next, to, count, depth + 1))
            {
                return true;
            }
        }

        return false;
    }
}
