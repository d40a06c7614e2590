using Faultline.Engine.State;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel;

/// <summary>The words that each file, mapping and CPU has, and their names.</summary>
internal sealed partial class MachineLayout
{
    private static int AddPerFile(
        Layout layout, int files, WordNames of, string name, bool neverWritten, bool spinning = false) =>
        layout.AddLock(name, name, spinning, files, neverWritten, of.File(name));

    // One range per file, so that its words are guarded by its own lock.
    private static int AddPerFilePage(
        Layout layout, UserProgram program, string what, WordKind kind, int firstGuard, Func<int, string> format)
    {
        int first = layout.WordCount, guard = firstGuard;
        foreach (FileSpec file in program.Files)
        {
            layout.Add($"{what} {file.Name}", file.Pages.Count, kind, guard++, format, page => $"{what} {file.Name}[{page}]");
        }

        return first;
    }

    private int AddPmds(Layout layout, UserProgram program, Footprint footprint)
    {
        int first = layout.WordCount;
        for (int map = 0; footprint.Huge && map < program.Maps.Count; map++)
        {
            string name = NameOf(program, map);
            layout.Add(
                $"pmd {name}",
                FirstPmd[map + 1] - FirstPmd[map],
                WordKind.GuardedWithLocklessReaders,
                PmdLock + program.Maps[map].Process,
                w => new Pmd(w).ToString(),
                pmd => $"pmd {name}.{pmd}");
        }

        return first;
    }

    // A page table's words are guarded by its own lock.
    private int AddPtes(Layout layout, UserProgram program)
    {
        int first = layout.WordCount;
        for (int map = 0; map < program.Maps.Count; map++)
        {
            MapSpec spec = program.Maps[map];
            string name = NameOf(program, map);
            int pages = program.Files[spec.File].Pages.Count, colour = ColourOf(spec), pmds = FirstPmd[map + 1] - FirstPmd[map];
            for (int page = 0, pmd = 0; pmd < pmds; pmd++)
            {
                int end = pmd == pmds - 1 ? pages : Math.Min(pages, ((pmd + 1) * program.HugePagePages) - colour), from = page;
                layout.Add(
                    $"pte {name}", end - page, WordKind.GuardedWithLocklessReaders, Ptl + FirstPmd[map] + pmd,
                    w => new Pte(w).ToString(), p => $"pte {name}[{from + p}]");
                page = end;
            }
        }

        return first;
    }

    private static int[,] AddTlbs(Layout layout, UserProgram program, WordNames of)
    {
        var first = new int[program.Threads.Count, program.Maps.Count];
        for (int cpu = 0; cpu < program.Threads.Count; cpu++)
        {
            for (int map = 0; map < program.Maps.Count; map++)
            {
                bool own = program.Maps[map].Process == program.Threads[cpu].Process;
                first[cpu, map] = own
                    ? layout.Add(
                        "tlb", program.Files[program.Maps[map].File].Pages.Count, WordKind.Visible,
                        format: w => new Pte(w).ToString(), nameAt: of.Tlb(cpu, map))
                    : -1;
            }
        }

        return first;
    }

    // What a CPU or a thread has for itself.
    private void SayWhoseWordsAre(Layout layout, UserProgram program, int lines)
    {
        for (int thread = 0; thread < program.Threads.Count; thread++)
        {
            for (int map = 0; map < program.Maps.Count; map++)
            {
                layout.AddOwned(thread, firstTlb[thread, map], HasTlb(thread, map) ? program.Files[program.Maps[map].File].Pages.Count : 0);
            }

            layout.AddOwned(thread, Registers + FirstRegister[thread], program.Threads[thread].Registers.Count);
            layout.AddOwned(thread, Signals + thread, 1);
            layout.AddOwned(thread, FaultCounts + thread, 1);
        }

        layout.AddThreadBits(AnonState, AnonPages, PageAllocator.ZappedShift);
        layout.AddThreadBits(LineState, lines, CacheLines.FlushingShift);
        layout.AddThreadBits(LineState, lines, CacheLines.PromisedShift);
    }

    /// <summary>The name of a mapping, with that of its process where another has a mapping of the same name.</summary>
    public static string NameOf(UserProgram program, int map)
    {
        MapSpec spec = program.Maps[map];
        return spec.CopyOf < 0 ? spec.Name : $"{program.Processes[spec.Process].Name}:{spec.Name}";
    }

    /// <summary>Names of words as users know their objects: <c>entry_lock f[0]</c>, <c>ptl A</c>, <c>tlb P1 A[0]</c>, <c>block 0.1</c>.</summary>
    private sealed class WordNames(UserProgram program, MachineLayout places)
    {
        public Func<int, string> File(string what) => file => $"{what} {program.Files[file].Name}";

        public Func<int, string> Map(string what) => map => $"{what} {NameOf(program, map)}";

        public Func<int, string> Process(string what) =>
            process => program.Processes.Count == 1 ? what : $"{what} {program.Processes[process].Name}";

        public Func<int, string> FilePage(string what) => page =>
        {
            int file = Array.FindLastIndex(places.FirstFilePage, program.Files.Count - 1, first => first <= page);
            return $"{what} {program.Files[file].Name}[{page - places.FirstFilePage[file]}]";
        };

        public Func<int, string> PageWord(string what) => word =>
            program.WordsPerPage == 1 ? $"{what} {word}" : $"{what} {word / program.WordsPerPage}.{word % program.WordsPerPage}";

        public string Ptl(int pmd)
        {
            int map = Array.FindLastIndex(places.FirstPmd, program.Maps.Count - 1, first => first <= pmd);
            bool only = places.FirstPmd[map + 1] - places.FirstPmd[map] == 1;
            return only ? $"ptl {NameOf(program, map)}" : $"ptl {NameOf(program, map)}.{pmd - places.FirstPmd[map]}";
        }

        public Func<int, string> Tlb(int cpu, int map) => page => $"tlb {program.Threads[cpu].Name} {NameOf(program, map)}[{page}]";
    }
}
