using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>A worker's part of a checkpoint.</summary>
internal sealed unsafe partial class SearchWorker
{
    /// <summary>Writes what this worker found and what waits here. Nothing may be pending.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Transitions);
        writer.Write(EndStates);
        writer.Write(StandsFor);
        writer.Write(MaxDepth);
        writer.Write(known.Count);
        foreach (Violation violation in known)
        {
            writer.Write((byte)violation.Kind);
            writer.Write(violation.Name);
        }

        List<LockOrderEdge> order = Execution.LockOrderEdges();
        writer.Write(order.Count(e => e.IsSeen));
        foreach (LockOrderEdge edge in order.Where(e => e.IsSeen))
        {
            writer.Write(edge.Held);
            writer.Write(edge.Taken);
        }

        Edges?.Save(writer);
        Learner?.Save(writer);
        Persistent?.Save(writer);
        writer.Write(Waiting.Count);
        for (int i = 0; i < Waiting.Count; i++)
        {
            SaveState(writer, (nint)Waiting[i]);
        }
    }

    /// <summary>Adds what <see cref="Save"/> wrote to what is here.</summary>
    public void Load(BinaryReader reader)
    {
        Transitions += reader.ReadInt64();
        EndStates += reader.ReadInt64();
        StandsFor += reader.ReadInt64();
        MaxDepth = Math.Max(MaxDepth, reader.ReadInt32());
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            known.Add(new Violation((ViolationKind)reader.ReadByte(), reader.ReadString()));
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            Execution.KnowOrder([new LockOrderEdge(reader.ReadInt32(), reader.ReadInt32(), IsDocumented: false, IsSeen: true)]);
        }

        Edges?.Load(reader);
        Learner?.Load(reader);
        Persistent?.Load(reader);
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            LoadState(reader);
        }
    }

    /// <summary>Writes a state that waits.</summary>
    public void SaveState(BinaryWriter writer, nint waiting)
    {
        byte* state = (byte*)waiting;
        writer.Write(new ReadOnlySpan<byte>(StatePool.NoteOf(state), sizeof(StateNote)));
        byte* full = runner.Unfold(state);
        int bytes = shape.PackedBytes(full);
        writer.Write(bytes);
        shape.Pack(full, runner.After);
        writer.Write(new ReadOnlySpan<byte>(runner.After, bytes));
    }

    /// <summary>Reads a state that waits.</summary>
    public void LoadState(BinaryReader reader)
    {
        byte* state = Pool.Take();
        reader.BaseStream.ReadExactly(new Span<byte>(StatePool.NoteOf(state), sizeof(StateNote)));
        var packed = reader.ReadBytes(reader.ReadInt32());
        fixed (byte* bytes = packed)
        {
            shape.Unpack(bytes, runner.Before);
        }

        collapse.Fold(Execution, runner.Before, state);
        if (checksStates)
        {
            Check(state); // what it reads decides which of its successors are checked
        }

        Waiting.Push(state);
    }
}
