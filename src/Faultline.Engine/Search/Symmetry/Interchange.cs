using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.Symmetry;

/// <summary>
/// Lets the threads of groups change places in state vectors. What a state says of a thread is its view: its frames, its own words, and what
/// lock words, queues and bits say of it. No word says something of two threads at once; so two states differ only by who is who when
/// each group has the same views, in whatever order, and the rest is the same. Belongs to one worker.
/// </summary>
/// <param name="groups">Who may change places.</param>
/// <param name="shape">Shape of the vectors.</param>
internal sealed unsafe class Interchange(ThreadGroups groups, VectorShape shape) : IDisposable
{
    private const ulong LockTag = 1UL << 60;
    private const ulong QueueTag = 2UL << 60;
    private const ulong BitTag = 3UL << 60;
    private const int PlaceBits = 4;
    private const int PlaceMask = (1 << PlaceBits) - 1;

    private readonly int* rest = (int*)NativeMemory.AlignedAlloc((nuint)shape.WordBytes + 64, 64);
    private readonly ulong[] fingerprints = new ulong[Layout.MaxThreads];
    private readonly ulong[] views = new ulong[Layout.MaxThreads];
    private readonly ulong[] sorted = new ulong[Layout.MaxThreads];
    private readonly int[] places = new int[Layout.MaxThreads];

    /// <summary>How many states differ from the one looked at last only by who is who, itself included.</summary>
    public int Arrangements { get; private set; }

    /// <summary>A fingerprint that is the same for all states that differ only by who is who.</summary>
    public ulong Fingerprint(byte* state) => Fingerprint(state, FrameFingerprints(state));

    /// <summary>The same, of a state whose frames are elsewhere.</summary>
    /// <param name="state">Its words.</param>
    /// <param name="frames">A fingerprint of each thread's frames.</param>
    public ulong Fingerprint(byte* state, ReadOnlySpan<ulong> frames)
    {
        Look(state, frames);
        ulong hash = State.Fingerprint.Of((byte*)rest, shape.WordBytes);
        foreach (int thread in groups.Others)
        {
            hash = State.Fingerprint.Combine(hash, views[thread]);
        }

        Arrangements = 1;
        foreach (int[] group in groups.Groups)
        {
            hash = AddGroup(hash, group);
        }

        return State.Fingerprint.WithHome(hash, State.Fingerprint.OfHome(HomeOf(frames)));
    }

    /// <summary>Would the state be the same if these two changed places?</summary>
    public bool AreAlike(byte* state, int one, int other)
    {
        Look(state, FrameFingerprints(state));
        return views[one] == views[other];
    }

    /// <summary>Puts the threads of each group in the order of their views.</summary>
    /// <param name="state">The state's words.</param>
    /// <param name="contents">A fingerprint of each thread's frames that is the same in every process.</param>
    /// <returns>For each thread, whose place it gets; empty: they are in order.</returns>
    public ReadOnlySpan<int> Order(byte* state, ReadOnlySpan<ulong> contents)
    {
        Look(state, contents);
        bool moves = false;
        Stay();
        foreach (int[] group in groups.Groups)
        {
            for (int i = 0; i < group.Length; i++)
            {
                int before = 0;
                for (int j = 0; j < group.Length; j++)
                {
                    ulong mine = views[group[i]], its = views[group[j]];
                    before += its < mine || (its == mine && j < i) ? 1 : 0;
                }

                places[group[i]] = group[before];
                moves |= before != i;
            }
        }

        return moves ? places : default(ReadOnlySpan<int>);
    }

    /// <summary>Visits every state that differs from this one only by who is who, once.</summary>
    /// <param name="state">The state.</param>
    /// <param name="to">Gets each of them.</param>
    /// <param name="visit">Is called when it has.</param>
    public void ForEachArrangement(byte* state, byte* to, Action visit)
    {
        Look(state, FrameFingerprints(state));
        Stay();
        ulong[] seen = [.. views];
        Arrange(0, 0, 0);

        // Fills the places of a group one after the other, each with every view that is left, once.
        void Arrange(int number, int place, int used)
        {
            if (number == groups.Groups.Length)
            {
                Move(state, to, places);
                visit();
                return;
            }

            int[] group = groups.Groups[number];
            if (place == group.Length)
            {
                Arrange(number + 1, 0, 0);
                return;
            }

            for (int i = 0; i < group.Length; i++)
            {
                if ((used & (1 << i)) == 0 && !IsTriedBefore(group, i, used))
                {
                    places[group[i]] = group[place];
                    Arrange(number, place + 1, used | (1 << i));
                }
            }
        }

        bool IsTriedBefore(int[] group, int i, int used)
        {
            for (int j = 0; j < i; j++)
            {
                if ((used & (1 << j)) == 0 && seen[group[j]] == seen[group[i]])
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Writes the state in which each thread has changed to another's place.</summary>
    /// <param name="from">The state.</param>
    /// <param name="to">Another vector.</param>
    /// <param name="place">For each thread, whose place it gets.</param>
    public void Move(byte* from, byte* to, ReadOnlySpan<int> place)
    {
        MoveWords(from, to, place);
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            ThreadHeader* header = shape.Header(from, thread);
            long live = sizeof(ThreadHeader) + header->StackBytes;
            Buffer.MemoryCopy(header, shape.Header(to, place[thread]), shape.Stride, live);
        }
    }

    /// <summary>The words of <see cref="Move"/>.</summary>
    public void MoveWords(byte* from, byte* to, ReadOnlySpan<int> place)
    {
        int* words = (int*)from, moved = (int*)to;
        Buffer.MemoryCopy(from, to, shape.WordBytes, shape.WordBytes);
        foreach (int thread in groups.Threads)
        {
            int[] own = groups.Owned[thread], its = groups.Owned[place[thread]];
            for (int i = 0; i < own.Length; i++)
            {
                moved[its[i]] = words[own[i]];
            }
        }

        foreach (int word in groups.Locks)
        {
            if (words[word] != 0)
            {
                moved[word] = MoveLock(words[word], place);
            }
        }

        foreach (int word in groups.Queues)
        {
            if (words[word] != 0)
            {
                moved[word] = MoveQueue((uint)words[word], place);
            }
        }

        foreach ((int word, int shift) in groups.Bits)
        {
            moved[word] = MoveBits(words[word], moved[word], shift, place);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(rest);

    private ReadOnlySpan<ulong> FrameFingerprints(byte* state)
    {
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            fingerprints[thread] = shape.Header(state, thread)->Fingerprint;
        }

        return fingerprints.AsSpan(0, shape.Threads);
    }

    // Which of equal threads says the home must not depend on who is who: the one with the least fingerprint.
    private ulong HomeOf(ReadOnlySpan<ulong> frames)
    {
        ulong home = frames[shape.HomeThread];
        int number = groups.GroupOf[shape.HomeThread];
        foreach (int thread in number < 0 ? [] : groups.Groups[number])
        {
            home = Math.Min(home, frames[thread]);
        }

        return home;
    }

    private void Stay()
    {
        for (int thread = 0; thread < places.Length; thread++)
        {
            places[thread] = thread;
        }
    }

    private ulong AddGroup(ulong hash, int[] group)
    {
        int count = 0, equal = 1;
        foreach (int thread in group)
        {
            int at = count++;
            for (; at > 0 && sorted[at - 1] > views[thread]; at--)
            {
                sorted[at] = sorted[at - 1];
            }

            sorted[at] = views[thread];
        }

        for (int i = 0; i < count; i++)
        {
            equal = i > 0 && sorted[i] == sorted[i - 1] ? equal + 1 : 1;
            Arrangements = Arrangements * (i + 1) / equal;
            hash = State.Fingerprint.Combine(hash, sorted[i]);
        }

        return hash;
    }

    // Takes out of the words what is said of threads of groups, and puts it into their views.
    private void Look(byte* state, ReadOnlySpan<ulong> frames)
    {
        Buffer.MemoryCopy(state, rest, shape.WordBytes, shape.WordBytes);
        frames.CopyTo(views);

        foreach (int thread in groups.Threads)
        {
            ulong view = views[thread];
            foreach (int word in groups.Owned[thread])
            {
                view = State.Fingerprint.Combine(view, (uint)rest[word]);
                rest[word] = 0;
            }

            views[thread] = view;
        }

        foreach (int word in groups.Locks)
        {
            if (rest[word] != 0)
            {
                LookAtLock(word);
            }
        }

        foreach (int word in groups.Queues)
        {
            if (rest[word] != 0)
            {
                LookAtQueue(word);
            }
        }

        foreach ((int word, int shift) in groups.Bits)
        {
            LookAtBits(word, shift);
        }
    }

    private void LookAtLock(int word)
    {
        foreach (int thread in groups.Threads)
        {
            int role = Execution.RoleIn(rest[word], thread);
            if (role != 0)
            {
                AddTo(thread, LockTag, word, role);
                rest[word] = Execution.WithoutRole(rest[word], thread);
            }
        }
    }

    private void LookAtQueue(int word)
    {
        uint left = (uint)rest[word];
        for (int place = 0; left != 0; place++, left >>= PlaceBits)
        {
            int thread = (int)(left & PlaceMask) - 1;
            if (thread >= 0 && groups.GroupOf[thread] >= 0)
            {
                AddTo(thread, QueueTag, word, place);
                rest[word] &= ~(PlaceMask << (PlaceBits * place));
            }
        }
    }

    private void LookAtBits(int word, int shift)
    {
        foreach (int thread in groups.Threads)
        {
            int bit = 1 << (shift + thread);
            if ((rest[word] & bit) != 0)
            {
                AddTo(thread, BitTag, word, shift);
                rest[word] &= ~bit;
            }
        }
    }

    private void AddTo(int thread, ulong tag, int word, int what) =>
        views[thread] = State.Fingerprint.Combine(views[thread], tag | ((ulong)word << 8) | (uint)what);

    private int MoveLock(int value, ReadOnlySpan<int> place)
    {
        int moved = value;
        foreach (int thread in groups.Threads)
        {
            moved = Execution.WithoutRole(moved, thread);
        }

        foreach (int thread in groups.Threads)
        {
            moved = Execution.WithRole(moved, place[thread], Execution.RoleIn(value, thread));
        }

        return moved;
    }

    private static int MoveQueue(uint value, ReadOnlySpan<int> place)
    {
        uint moved = 0;
        for (int at = 0; value != 0; at += PlaceBits, value >>= PlaceBits)
        {
            uint name = value & PlaceMask;
            moved |= (name == 0 ? 0 : (uint)place[(int)name - 1] + 1) << at;
        }

        return (int)moved;
    }

    private int MoveBits(int value, int moved, int shift, ReadOnlySpan<int> place)
    {
        foreach (int thread in groups.Threads)
        {
            moved &= ~(1 << (shift + thread));
        }

        foreach (int thread in groups.Threads)
        {
            moved |= (value & (1 << (shift + thread))) != 0 ? 1 << (shift + place[thread]) : 0;
        }

        return moved;
    }
}
