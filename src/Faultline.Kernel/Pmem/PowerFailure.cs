using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Pmem;

/// <summary>
/// Power fails: what survives is what was persistent, plus any subset of the cache lines that were not (each with the value that it
/// has now), and the metadata as last committed, or as of now if the journal happens to commit first.
/// </summary>
internal static class PowerFailure
{
    /// <summary>Cache lines whose fate is tried both ways; beyond so many, the rest is lost.</summary>
    public const int MaxLines = 6;

    /// <summary>Power fails in this step; which alternative is taken says what survives.</summary>
    [KernelName("power_failure")]
    public static async Call Strike()
    {
        Machine machine = Machine.Current;
        int lines = Math.Min(MaxLines, machine.Places.Blocks * PageData.WordsPerPage);
        int choice = await new AccessStep(machine.Places.Crashed, 2 << lines);
        if (IsOneOf(choice))
        {
            Execution.Current.Recorder?.Note("power fails");
            WriteImage(choice);
            ForgetTheRest();
            Execution.Current.StopMachine();
        }
        else
        {
            Execution.Current.Prune();
        }
    }

    // Bit 0: the journal commits first. Bits above: the unflushed lines that survive, in order.
    private static bool IsOneOf(int choice)
    {
        bool commits = (choice & 1) != 0;
        return choice >> 1 < 1 << Math.Min(MaxLines, CountUnflushed()) && (!commits || MayCommit());
    }

    private static bool MayCommit()
    {
        MachineLayout places = Machine.Current.Places;
        bool dirty = false;
        for (int file = 0; file < Machine.Current.Program.Files.Count; file++)
        {
            dirty |= Execution.Current.Read(places.MetadataDirty + file) != 0;
        }

        return dirty && Execution.Current.Read(places.Journal) == 0; // a commit waits for open handles
    }

    private static int CountUnflushed()
    {
        int count = 0, lines = Machine.Current.Places.Blocks * PageData.WordsPerPage;
        for (int line = 0; line < lines; line++)
        {
            count += CacheLines.IsUnflushed(line) ? 1 : 0;
        }

        return count;
    }

    private static void WriteImage(int choice)
    {
        MachineLayout places = Machine.Current.Places;
        if ((choice & 1) != 0)
        {
            DurableMetadata.Commit();
        }

        for (int file = 0, filePage = 0; file < Machine.Current.Program.Files.Count; file++)
        {
            int size = Execution.Current.Read(places.DurableSizes + file);
            Execution.Current.Word(places.CrashSizes + file) = size;
            for (int page = 0; page < new Inode(file).Capacity; page++, filePage++)
            {
                for (int word = 0; word < PageData.WordsPerPage; word++)
                {
                    var extent = new Extent(Execution.Current.Read(places.DurableExtents + filePage));
                    bool there = page < size && extent.Type == IomapType.Mapped;
                    Execution.Current.Word(places.CrashImage + (filePage * PageData.WordsPerPage) + word) =
                        there ? Surviving(CacheLines.Line(Pfn.Block(extent.Block), word), choice >> 1) : 0;
                }
            }
        }
    }

    private static int Surviving(int line, int kept)
    {
        int place = 0;
        for (int before = 0; before < line; before++)
        {
            place += CacheLines.IsUnflushed(before) ? 1 : 0;
        }

        bool survives = CacheLines.IsUnflushed(line) && place < MaxLines && (kept & (1 << place)) != 0;
        return survives ? Execution.Current.Read(Machine.Current.Places.BlockData + line) : CacheLines.Durable(line);
    }

    // Two crashes that leave the same image and registers are one end.
    private static void ForgetTheRest()
    {
        bool[] kept = Machine.Current.SurvivesCrash;
        for (int word = 0; word < kept.Length; word++)
        {
            if (!kept[word])
            {
                Execution.Current.Word(word) = 0;
            }
        }

        Execution.Current.Word(Machine.Current.Places.Crashed) = 1;
    }
}
