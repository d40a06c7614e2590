using Faultline.Kernel.Programs;

namespace Faultline.Explain.Traces;

/// <summary>
/// Where a program's pages would lie on a real machine: a huge page of the model is one of 512 pages, and each mapping has addresses of its own,
/// aligned as the test says.
/// </summary>
internal sealed class RealGeometry(UserProgram program)
{
    private const int PageShift = 12;
    private const int RealHugePage = 512;
    private const ulong FirstAddress = 0x7f0000000000;
    private const ulong Apart = 0x40000000;

    /// <summary>A page of a file.</summary>
    public long Page(int file, int page) =>
        IsHuge(file) ? ((long)page / program.HugePagePages * RealHugePage) + (page % program.HugePagePages) : page;

    /// <summary>The end of a range that ends before a page.</summary>
    public long End(int file, int page) => page % program.HugePagePages == 0 ? Page(file, page) : Page(file, page - 1) + 1;

    /// <summary>Pages of an entry of so many pages.</summary>
    public long Length(int file, int pages) => IsHuge(file) && pages == program.HugePagePages ? RealHugePage : pages;

    /// <summary>The address of a page of a mapping.</summary>
    public ulong Address(int map, int page) => Base(map) + ((ulong)Page(program.Maps[map].File, page) << PageShift);

    /// <summary>First address of a mapping.</summary>
    public ulong Start(int map) => Address(map, program.Maps[map].FirstPage);

    /// <summary>End of a mapping.</summary>
    public ulong Stop(int map)
    {
        MapSpec spec = program.Maps[map];
        int end = spec.PageCount == 0 ? program.Files[spec.File].Pages.Count : spec.FirstPage + spec.PageCount;
        return Base(map) + ((ulong)End(spec.File, end) << PageShift);
    }

    private ulong Base(int map)
    {
        // A forked process has the addresses of its parent.
        int origin = map;
        while (program.Maps[origin].CopyOf >= 0)
        {
            origin = program.Maps[origin].CopyOf;
        }

        return FirstAddress + ((ulong)origin * Apart) + (program.Maps[map].Alignment == Alignment.Huge ? 0u : 1ul << PageShift);
    }

    private bool IsHuge(int file) => program.Maps.Any(m => m.File == file && m.Alignment != Alignment.BasePages);
}
