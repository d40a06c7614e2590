using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;
using Faultline.Litmus.Conditions;

namespace Faultline.Real.Histograms;

/// <summary>An outcome of the atomic reference as a condition sees it: registers, contents, sizes and signals; it has nothing else.</summary>
internal sealed class ReferenceOutcome(UserProgram program, Outcome outcome) : IOutcome
{
    public bool Crashed => false;

    public bool Hang => false;

    private int FirstRegister => program.Threads.Count;

    private int FirstFileWord => FirstRegister + program.Threads.Sum(t => t.Registers.Count);

    private int FirstSize => FirstFileWord + (program.Files.Sum(f => f.Pages.Count) * program.WordsPerPage);

    private int FirstMapWord => FirstSize + program.Files.Count;

    public int Register(int thread, int slot) =>
        outcome.Values[FirstRegister + program.Threads.Take(thread).Sum(t => t.Registers.Count) + slot];

    public int FileWord(int file, int page, int word) =>
        outcome.Values[FirstFileWord + ((program.Files.Take(file).Sum(f => f.Pages.Count) + page) * program.WordsPerPage) + word];

    public int Size(int file) => outcome.Values[FirstSize + file];

    public int MapWord(int map, int page, int word) =>
        outcome.Values[FirstMapWord + ((program.Maps.Take(map).Sum(m => program.Files[m.File].Pages.Count) + page) * program.WordsPerPage) + word];

    public bool Sigbus(int thread) => (outcome.Values[thread] & Outcome.Sigbus) != 0;

    public bool Sigsegv(int thread) => (outcome.Values[thread] & ~Outcome.Sigbus) != 0;

    public int Durable(int file, int page, int word) => throw NotThere();

    public int DurableSize(int file) => throw NotThere();

    public PteKind Pte(int map, int page) => throw NotThere();

    public bool PteWritable(int map, int page) => throw NotThere();

    public bool PteDirty(int map, int page) => throw NotThere();

    public PmdKind Pmd(int map, int page) => throw NotThere();

    public EntryKind Entry(int file, int page) => throw NotThere();

    public bool EntryDirty(int file, int page) => throw NotThere();

    public bool EntryHuge(int file, int page) => throw NotThere();

    public ExtentKind Extent(int file, int page) => throw NotThere();

    public int Faults(int thread) => throw NotThere();

    public bool Warned(string function) => throw NotThere();

    public bool Bugged(string name) => throw NotThere();

    public bool Reached(string mark) => throw NotThere();

    private static InvalidOperationException NotThere() => new("the atomic reference has no page tables, entries, events or crashes");
}
