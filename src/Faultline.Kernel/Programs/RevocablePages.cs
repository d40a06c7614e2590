namespace Faultline.Kernel.Programs;

/// <summary>Finds the mapped pages whose PTE may be taken away, or lead elsewhere, or lose rights while the program runs.</summary>
internal sealed class RevocablePages(UserProgram program, int[] firstMappedPage)
{
    private readonly bool[] result = new bool[firstMappedPage[^1]];

    public bool[] Find(Instruction[] all)
    {
        foreach (Instruction i in all)
        {
            Mark(i);
        }

        for (int map = 0; map < program.Maps.Count; map++)
        {
            Span<bool> pages = result.AsSpan(firstMappedPage[map], firstMappedPage[map + 1] - firstMappedPage[map]);
            if (program.Maps[map].Alignment != Alignment.BasePages && pages.Contains(true))
            {
                pages.Fill(true); // a huge page goes as a whole
            }
        }

        return result;
    }

    private void Mark(Instruction i)
    {
        switch (i.Opcode)
        {
            case Opcode.DontNeed when i.Page < 0:
            case Opcode.Munmap:
            case Opcode.Mprotect:
                MarkMap(i.Object);
                break;
            case Opcode.DontNeed:
            case Opcode.Store or Opcode.DirectRead when !program.Maps[i.Object].Shared:
                result[firstMappedPage[i.Object] + i.Page] = true;
                break;
            case Opcode.Store or Opcode.DirectRead:
                MarkIfUnallocated(program.Maps[i.Object].File, i.Page);
                break;
            case Opcode.Write:
                MarkIfUnallocated(i.Object, i.Page);
                break;
            case Opcode.Fork:
            case Opcode.DropCaches:
            case Opcode.HwPoison:
                result.AsSpan().Fill(true);
                break;
            case Opcode.Fsync or Opcode.Fdatasync or Opcode.Truncate or Opcode.Fallocate:
                MarkFile(i.Object);
                break;
            case Opcode.Msync:
                MarkFile(program.Maps[i.Object].File);
                break;
            case Opcode.Reflink:
                MarkFile(i.Object);
                MarkFile(i.Target);
                break;
            default:
                break;
        }
    }

    private void MarkMap(int map) =>
        result.AsSpan(firstMappedPage[map], firstMappedPage[map + 1] - firstMappedPage[map]).Fill(true);

    private void MarkFile(int file)
    {
        for (int map = 0; map < program.Maps.Count; map++)
        {
            if (program.Maps[map].File == file)
            {
                MarkMap(map);
            }
        }
    }

    // When this page gets its block, every mapping's zero page goes.
    private void MarkIfUnallocated(int file, int page)
    {
        if (program.Files[file].Pages[page].Backing == PageBacking.Block)
        {
            return;
        }

        for (int map = 0; map < program.Maps.Count; map++)
        {
            if (program.Maps[map].File == file)
            {
                result[firstMappedPage[map] + page] = true;
            }
        }
    }
}
