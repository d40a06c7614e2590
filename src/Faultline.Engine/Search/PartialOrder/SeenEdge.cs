using Faultline.Engine.State;

namespace Faultline.Engine.Search.PartialOrder;

/// <summary>A transition of one thread from one local state to another, as it was seen.</summary>
/// <param name="Key">A fingerprint of all the rest.</param>
/// <param name="Thread">The thread.</param>
/// <param name="From">Where it was.</param>
/// <param name="To">Where it came to; null: the transition was no step of its own, or the thread still waits in the same place.</param>
/// <param name="Log">What it touched, as <see cref="Execution.Touched"/>.</param>
/// <param name="StopsMachine">Every thread was stopped.</param>
internal sealed record SeenEdge(ulong Key, int Thread, LocalState From, LocalState? To, int[] Log, bool StopsMachine)
{
    /// <summary>Its key, from fingerprints of what was touched and of the places it leads from and to (0: nowhere).</summary>
    public static ulong KeyOf(ulong touched, ulong from, ulong to) => Fingerprint.Combine(Fingerprint.Combine(touched, from), to);

    /// <summary>Writes some into a checkpoint.</summary>
    public static void WriteAll(BinaryWriter writer, IReadOnlyList<SeenEdge> edges)
    {
        writer.Write(edges.Count);
        foreach (SeenEdge edge in edges)
        {
            writer.Write(edge.Key);
            writer.Write(edge.Thread);
            edge.From.Write(writer);
            writer.Write(edge.To is not null);
            edge.To?.Write(writer);
            WriteArray(writer, edge.Log);
            writer.Write(edge.StopsMachine);
        }
    }

    /// <summary>Reads what <see cref="WriteAll"/> wrote.</summary>
    public static List<SeenEdge> ReadAll(BinaryReader reader)
    {
        var edges = new List<SeenEdge>();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            edges.Add(new SeenEdge(
                reader.ReadUInt64(),
                reader.ReadInt32(),
                LocalState.Read(reader),
                reader.ReadBoolean() ? LocalState.Read(reader) : null,
                ReadArray(reader),
                reader.ReadBoolean()));
        }

        return edges;
    }

    internal static void WriteArray(BinaryWriter writer, int[] array)
    {
        writer.Write(array.Length);
        Array.ForEach(array, writer.Write);
    }

    internal static int[] ReadArray(BinaryReader reader)
    {
        var array = new int[reader.ReadInt32()];
        for (int i = 0; i < array.Length; i++)
        {
            array[i] = reader.ReadInt32();
        }

        return array;
    }
}

/// <summary>A thread's own part of a state: its frames, its next step and the locks it holds.</summary>
/// <param name="Key">Its fingerprint, which tells threads apart too.</param>
/// <param name="Content">
/// A fingerprint that is the same in every process: frames go into it by the names of their methods, not by the numbers that a process gives them.
/// </param>
/// <param name="StackBytes">Bytes of its frames.</param>
/// <param name="WaitsFor">The lock that its next step takes, spelled as in <paramref name="Held"/>; -1: none.</param>
/// <param name="Held">Locks held: the lock's word, shifted, and <see cref="Accesses.Takes"/> or <see cref="Accesses.TakesShared"/>.</param>
internal sealed record LocalState(ulong Key, ulong Content, int StackBytes, int WaitsFor, int[] Held)
{
    private const ulong ThreadStep = 0x9E3779B97F4A7C14UL;

    /// <summary>The key of a thread's local state.</summary>
    public static ulong KeyOf(ulong fingerprint, int thread) => (fingerprint | 1) + ((ulong)(thread + 1) * ThreadStep);

    /// <summary>The same local state of another thread.</summary>
    public LocalState Of(int thread, int other) => this with { Key = Key + ((ulong)(other - thread) * ThreadStep) };

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static LocalState Read(BinaryReader reader) => new(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadInt32(), reader.ReadInt32(), SeenEdge.ReadArray(reader));

    /// <summary>Writes it into a checkpoint.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Key);
        writer.Write(Content);
        writer.Write(StackBytes);
        writer.Write(WaitsFor);
        SeenEdge.WriteArray(writer, Held);
    }
}
