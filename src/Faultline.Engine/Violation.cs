namespace Faultline.Engine;

/// <summary>What kind of thing went wrong.</summary>
public enum ViolationKind : byte
{
    /// <summary>A WARN of the modelled code fired.</summary>
    Warn,

    /// <summary>A BUG of the modelled code: its thread stops.</summary>
    Bug,

    /// <summary>A guarded word was touched without its lock.</summary>
    DataRace,

    /// <summary>Nobody can go on, and not everybody is done.</summary>
    Deadlock,

    /// <summary>A waiter sleeps although what it waits for is free.</summary>
    LostWakeup,

    /// <summary>From here no end can be reached, though threads can go on for ever.</summary>
    Livelock,

    /// <summary>Two lock classes are taken in both orders.</summary>
    LockOrder,

    /// <summary>A lock was released that its releaser does not hold.</summary>
    BadUnlock,

    /// <summary>A sleeping lock was taken, or a thread slept, under a spinlock.</summary>
    SleepInAtomic,

    /// <summary>A thread ended with a lock held.</summary>
    LockHeldAtExit,

    /// <summary>An invariant of the model does not hold.</summary>
    Invariant,

    /// <summary>An outcome that the atomic reference does not have.</summary>
    Refinement,
}

/// <summary>Something wrong, named so that two reports of the same thing are equal.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Name">The function that warned, the word that was raced for, the invariant, ...</param>
public readonly record struct Violation(ViolationKind Kind, string Name)
{
    /// <summary>As reports and <c>.expected</c> files spell it: <c>warn(insert_pfn)</c>, <c>race(pte)</c>, <c>I6</c>, <c>deadlock</c>.</summary>
    public override string ToString() => Kind switch
    {
        ViolationKind.Warn => $"warn({Name})",
        ViolationKind.Bug => $"bug({Name})",
        ViolationKind.DataRace => $"race({Name})",
        ViolationKind.LockOrder => $"lock-order({Name})",
        ViolationKind.BadUnlock => $"bad-unlock({Name})",
        ViolationKind.SleepInAtomic => $"sleep-in-atomic({Name})",
        ViolationKind.LockHeldAtExit => $"lock-held-at-exit({Name})",
        _ => Name,
    };
}

/// <summary>The violations of one transition: a few, kept without allocation.</summary>
public sealed class RaisedViolations
{
    private readonly (Violation Violation, int Word)[] items = new (Violation, int)[16];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public Violation this[int index] => items[index].Violation;

    /// <summary>The word it is about, or -1.</summary>
    public int WordOf(int index) => items[index].Word;

    /// <summary>True when this one is among them.</summary>
    public bool Contains(Violation violation)
    {
        for (int i = 0; i < Count; i++)
        {
            if (items[i].Violation == violation)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds all of them to a set.</summary>
    internal void AddTo(HashSet<Violation> set)
    {
        for (int i = 0; i < Count; i++)
        {
            set.Add(items[i].Violation);
        }
    }

    internal void Add(Violation violation, int word)
    {
        if (Count < items.Length && !Contains(violation))
        {
            items[Count++] = (violation, word);
        }
    }

    internal void Clear() => Count = 0;
}
