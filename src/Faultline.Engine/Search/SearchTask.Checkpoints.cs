using Faultline.Engine.Search.Checkpoints;

namespace Faultline.Engine.Search;

/// <summary>A search in a file, and back.</summary>
internal sealed partial class SearchTask
{
    private TimeSpan lastWritten;
    private TimeSpan elapsedBefore;

    /// <summary>Where checkpoints are written; null: nowhere.</summary>
    public CheckpointFile? Checkpoint { get; init; }

    /// <summary>What goes before the task itself in a checkpoint.</summary>
    public Action<BinaryWriter>? SaveMore { get; init; }

    /// <summary>The first worker is to write one, as soon as no state is half expanded.</summary>
    public bool IsCheckpointDue { get; private set; }

    /// <summary>Writes one while all workers stand still. For the first worker, between two states.</summary>
    public void WriteDueCheckpoint()
    {
        Frontier.WhileAllStandStill(WriteCheckpoint);
        lastWritten = clock.Elapsed;
        IsCheckpointDue = false;
    }

    private void WriteCheckpoint()
    {
        workers.ForEach(w => w.MeetPending());
        workers.ForEach(w => w.TakeAll());
        Checkpoint!.Write(writer =>
        {
            SaveMore?.Invoke(writer);
            Save(writer);
        });
    }

    private void Save(BinaryWriter writer)
    {
        writer.Write((clock.Elapsed + elapsedBefore).Ticks);
        writer.Write(Visited.Count);
        Visited.ForEach((fingerprint, number) =>
        {
            writer.Write(fingerprint);
            writer.Write(number);
        });
        writer.Write(Graph?.Overflowed ?? false);
        writer.Write(workers.Count);
        workers.ForEach(w => w.Save(writer));
        writer.Write(Frontier.States.Count);
        foreach (nint state in Frontier.States)
        {
            workers[0].SaveState(writer, state);
        }

        (observer as ICheckpointed)?.Save(writer);
        (Model as ICheckpointed)?.Save(writer);
    }

    /// <summary>Goes on with what <see cref="Save"/> wrote. The number of workers may be another one.</summary>
    public void Load(BinaryReader reader)
    {
        AddWorkers();
        elapsedBefore = TimeSpan.FromTicks(reader.ReadInt64());
        for (long left = reader.ReadInt64(); left > 0; left--)
        {
            Visited.Restore(reader.ReadUInt64(), reader.ReadUInt32());
        }

        counted = Visited.Count;
        if (reader.ReadBoolean())
        {
            Graph?.GiveUp();
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            workers[left % workers.Count].Load(reader);
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            workers[left % workers.Count].LoadState(reader);
        }

        (observer as ICheckpointed)?.Load(reader);
        (Model as ICheckpointed)?.Load(reader);
        loaded = true;
    }
}
