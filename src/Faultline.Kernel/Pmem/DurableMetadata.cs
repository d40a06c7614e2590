using Faultline.Engine;

namespace Faultline.Kernel.Pmem;

/// <summary>What the journal has committed: the block maps and sizes of all files, as of one moment.</summary>
internal static class DurableMetadata
{
    /// <summary>Everything up to now is committed.</summary>
    public static void Commit()
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        for (int page = 0; page < places.FilePages; page++)
        {
            execution.Word(places.DurableExtents + page) = execution.Read(places.Extents + page);
        }

        for (int file = 0; file < Machine.Current.Program.Files.Count; file++)
        {
            execution.Word(places.DurableSizes + file) = execution.Read(places.Sizes + file);
            execution.Word(places.MetadataDirty + file) = 0;
        }
    }

    /// <summary>Does the committed block map lead to the block that the file has at a page?</summary>
    public static bool Leads(int filePage)
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        return execution.Read(places.DurableExtents + filePage) == execution.Read(places.Extents + filePage);
    }
}
