using Faultline.Kernel.Programs;

namespace Faultline.Kernel.Checks;

/// <summary>
/// The words that <see cref="Invariants.CheckState"/> reads together: for each page of each mapping its PTE and PMD, and what they are held
/// against. Not the states of blocks: a step that maps a block reads its state (<see cref="Invariants.CheckPteChange"/>), one that frees
/// it reads all PTEs (<see cref="Invariants.CheckBlockFreed"/>).
/// </summary>
internal static class CheckedWords
{
    /// <summary>A group for each mapped page.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Of(Machine machine)
    {
        var groups = new List<IReadOnlyList<int>>();
        for (int map = 0; map < machine.Maps.Length; map++)
        {
            int pages = machine.Program.Files[machine.Maps[map].File].Pages.Count;
            for (int page = 0; page < pages; page++)
            {
                groups.Add(OfPage(machine, map, page));
            }
        }

        return groups;
    }

    private static List<int> OfPage(Machine machine, int map, int page)
    {
        MachineLayout places = machine.Places;
        MapSpec spec = machine.Maps[map];
        int file = spec.File, filePage = places.FirstFilePage[file] + page, pages = machine.Program.Files[file].Pages.Count;
        int head = page / machine.Program.HugePagePages * machine.Program.HugePagePages;
        List<int> words = [places.Ptes + places.FirstMappedPage[map] + page, places.Entries + filePage, places.Extents + filePage, places.WritingAt + filePage];
        if (machine.Footprint.Huge)
        {
            words.Add(places.Entries + places.FirstFilePage[file] + Math.Min(head, pages - 1));
            words.AddRange(Enumerable.Range(places.Pmds + places.FirstPmd[map], places.FirstPmd[map + 1] - places.FirstPmd[map]));
        }

        if (machine.Footprint.ChangesLayout)
        {
            words.Add(places.ChangingLayout + file);
        }

        if (machine.HasHolePages)
        {
            words.Add(places.HolePageLock + filePage);
        }

        if (machine.Version.BlockLookup == Versions.BlockLookup.BeforeEntryLock)
        {
            words.Add(places.FaultingAt + filePage);
        }

        return words;
    }
}
