using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Faultline.Real.Lab;

namespace Faultline.Real.Gdb;

/// <summary>Registers of a virtual CPU that steering needs.</summary>
/// <param name="Rip">Where it is.</param>
/// <param name="Rsp">Its stack.</param>
/// <param name="Rdi">First argument of a function that was just called.</param>
/// <param name="Rsi">Second argument.</param>
/// <param name="Flags">EFLAGS.</param>
public readonly record struct CpuRegisters(ulong Rip, ulong Rsp, ulong Rdi, ulong Rsi, uint Flags)
{
    private const uint InterruptFlag = 0x200;

    /// <summary>It takes interrupts.</summary>
    public bool TakesInterrupts => (Flags & InterruptFlag) != 0;
}

/// <summary>
/// A client of QEMU's gdbstub: the part of gdb's remote serial protocol that stopping, inspecting and steering virtual CPUs needs. CPUs are
/// numbered from 0. While one command is under way no other is given.
/// </summary>
public sealed class GdbClient : IDisposable
{
    private const int RegisterBytes = (17 * 8) + 4;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] buffer = new byte[1 << 16];
    private readonly StringBuilder pending = new();
    private string? lastStop;
    private byte[] lastSent = [];

    private GdbClient()
    {
    }

    /// <summary>Connects; the machine stops.</summary>
    /// <param name="path">The stub's socket.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">Nobody listens there, or it is no stub.</exception>
    public static async Task<GdbClient> Connect(string path, CancellationToken cancellation)
    {
        var client = new GdbClient();
        try
        {
            await client.socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        }
        catch (SocketException e)
        {
            throw new LabException($"faultline: no connection to QEMU's debugger: {e.Message}");
        }

        await client.Command("qSupported:multiprocess+;vContSupported+", cancellation);
        await client.Command("qXfer:features:read:target.xml:0,ff0", cancellation); // QEMU lets registers be written only to those who know them
        client.lastStop = null;
        return client;
    }

    /// <summary>Lets all CPUs run.</summary>
    public Task Continue(CancellationToken cancellation) => Send("vCont;c", cancellation);

    /// <summary>Waits until a CPU hits a breakpoint; the machine is stopped then.</summary>
    /// <param name="limit">How long.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The CPU; -1 when none did in time: the machine still runs.</returns>
    public async Task<int> WaitForStop(TimeSpan limit, CancellationToken cancellation)
    {
        if (lastStop is { } early)
        {
            lastStop = null;
            return CpuOf(early);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        try
        {
            for (;;)
            {
                string packet = await Receive(deadline.Token);
                if (IsStop(packet))
                {
                    return CpuOf(packet);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return -1;
        }
    }

    /// <summary>Stops the running machine.</summary>
    public async Task Interrupt(CancellationToken cancellation)
    {
        await SendBytes([3], cancellation);
        if (await WaitForStop(AnswerLimit, cancellation) < 0)
        {
            throw new LabException("faultline: QEMU's debugger does not stop the guest");
        }
    }

    /// <summary>Executes one instruction on one CPU, the others stand still.</summary>
    public async Task Step(int cpu, CancellationToken cancellation)
    {
        await Send($"vCont;s:p1.{Id(cpu)}", cancellation);
        if (await WaitForStop(AnswerLimit, cancellation) < 0)
        {
            throw new LabException("faultline: QEMU's debugger does not step");
        }
    }

    /// <summary>Sets a breakpoint.</summary>
    public Task Insert(ulong address, CancellationToken cancellation) => Demand($"Z0,{address:x},1", cancellation);

    /// <summary>Takes a breakpoint away.</summary>
    public Task Remove(ulong address, CancellationToken cancellation) => Demand($"z0,{address:x},1", cancellation);

    /// <summary>A CPU's registers.</summary>
    public async Task<CpuRegisters> Registers(int cpu, CancellationToken cancellation)
    {
        await Demand($"Hgp1.{Id(cpu)}", cancellation);
        byte[] bytes = Hex(await Command("g", cancellation));
        if (bytes.Length < RegisterBytes)
        {
            throw new LabException("faultline: QEMU's debugger shows no registers");
        }

        ulong At(int index) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(index * 8));
        return new CpuRegisters(At(16), At(7), At(5), At(4), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(17 * 8)));
    }

    /// <summary>Sends a CPU elsewhere.</summary>
    public async Task Jump(int cpu, ulong address, CancellationToken cancellation)
    {
        const int rip = 16;
        await Demand($"Hgp1.{Id(cpu)}", cancellation);
        await Demand($"P{rip:x}={Text(address)}", cancellation);
    }

    /// <summary>Reads memory as a CPU sees it; null where nothing is mapped.</summary>
    public async Task<byte[]?> Read(int cpu, ulong address, int length, CancellationToken cancellation)
    {
        await Demand($"Hgp1.{Id(cpu)}", cancellation);
        string answer = await Command($"m{address:x},{length:x}", cancellation);
        return answer.StartsWith('E') ? null : Hex(answer);
    }

    /// <summary>Writes 8 bytes of memory as a CPU sees it.</summary>
    public async Task Write(int cpu, ulong address, ulong value, CancellationToken cancellation)
    {
        await Demand($"Hgp1.{Id(cpu)}", cancellation);
        await Demand($"M{address:x},8:{Text(value)}", cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private static string Id(int cpu) => (cpu + 1).ToString("x2", CultureInfo.InvariantCulture);

    private static bool IsStop(string packet) => packet.StartsWith('T') || packet.StartsWith('S');

    private static int CpuOf(string stop)
    {
        int at = stop.IndexOf("thread:p", StringComparison.Ordinal), dot = at < 0 ? -1 : stop.IndexOf('.', at);
        int end = dot < 0 ? -1 : stop.IndexOf(';', dot);
        return end < 0 ? 0 : int.Parse(stop.AsSpan(dot + 1, end - dot - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture) - 1;
    }

    private static string Text(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Convert.ToHexStringLower(bytes);
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace('x', '0'));

    private async Task Demand(string command, CancellationToken cancellation)
    {
        string answer = await Command(command, cancellation);
        if (answer != "OK")
        {
            throw new LabException($"faultline: QEMU's debugger refuses '{command}': {(answer.Length == 0 ? "not supported" : answer)}");
        }
    }

    // The stub may send a stop that nobody asked for between a command and its answer.
    private async Task<string> Command(string command, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(AnswerLimit);
        try
        {
            await Send(command, deadline.Token);
            for (;;)
            {
                string packet = await Receive(deadline.Token);
                if (!IsStop(packet))
                {
                    return packet;
                }

                lastStop = packet;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LabException($"faultline: QEMU's debugger does not answer '{command}' within {AnswerLimit.TotalSeconds:F0} s");
        }
    }

    private Task Send(string command, CancellationToken cancellation)
    {
        lastSent = RemotePacket.Of(command);
        return SendBytes(lastSent, cancellation);
    }

    private async Task SendBytes(byte[] bytes, CancellationToken cancellation)
    {
        try
        {
            await socket.SendAsync(bytes, cancellation);
        }
        catch (SocketException)
        {
            throw Closed();
        }
    }

    private async Task<int> ReceiveBytes(CancellationToken cancellation)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, cancellation) is var got and > 0 ? got : throw Closed();
        }
        catch (SocketException)
        {
            throw Closed();
        }
    }

    private static LabException Closed() => new("faultline: QEMU has closed the debugger's connection");

    private async Task<string> Receive(CancellationToken cancellation)
    {
        for (;;)
        {
            switch (RemotePacket.Take(pending, out string text))
            {
                case PacketKind.Whole:
                    await SendBytes("+"u8.ToArray(), cancellation);
                    return text;
                case PacketKind.Damaged:
                    await SendBytes("-"u8.ToArray(), cancellation);
                    break;
                case PacketKind.Refused:
                    await SendBytes(lastSent, cancellation);
                    break;
                default:
                    pending.Append(Encoding.Latin1.GetString(buffer, 0, await ReceiveBytes(cancellation)));
                    break;
            }
        }
    }
}
