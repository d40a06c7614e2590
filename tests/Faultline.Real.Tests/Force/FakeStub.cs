using System.Net.Sockets;
using System.Text;
using Faultline.Real.Gdb;

namespace Faultline.Real.Tests.Force;

/// <summary>Something that answers like a gdbstub, on a socket.</summary>
internal sealed class FakeStub : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<string, string[]> answer;
    private readonly int chunk;
    private readonly Task serving;

    /// <param name="answer">For a command, what is sent, byte for byte; <see cref="Packet"/> makes a packet; nothing closes the connection.</param>
    /// <param name="chunk">So many bytes at a time.</param>
    public FakeStub(Func<string, string[]> answer, int chunk = int.MaxValue)
    {
        this.answer = answer;
        this.chunk = chunk;
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        serving = Task.Run(Serve);
    }

    public string SocketPath => Path.Combine(folder.Path, "gdb");

    public List<string> Commands { get; } = [];

    public int Acknowledged { get; private set; }

    public int Refused { get; private set; }

    public int Interrupts { get; private set; }

    public static string Packet(string text) => Encoding.Latin1.GetString(RemotePacket.Of(text));

    /// <summary>Answers what every connection begins with, then as given.</summary>
    public static Func<string, string[]> After(Func<string, string[]> then) => command =>
        command.StartsWith("qSupported", StringComparison.Ordinal) ? [Packet("PacketSize=1000")]
        : command.StartsWith("qXfer", StringComparison.Ordinal) ? [Packet("l<target/>")]
        : then(command);

    /// <summary>Waits until the client has gone.</summary>
    public Task End() => serving.WaitAsync(TimeSpan.FromSeconds(10));

    public void Dispose()
    {
        listener.Dispose();
        serving.Wait(TimeSpan.FromSeconds(10));
        folder.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            using Socket peer = await listener.AcceptAsync();
            var received = new StringBuilder();
            var buffer = new byte[4096];
            for (int got; (got = await peer.ReceiveAsync(buffer)) > 0;)
            {
                received.Append(Encoding.Latin1.GetString(buffer, 0, got));
                while (Next(received) is { } command)
                {
                    string[] parts = answer(command);
                    if (parts.Length == 0)
                    {
                        return;
                    }

                    await Send(peer, string.Concat(parts));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    private string? Next(StringBuilder received)
    {
        while (received.Length > 0 && received[0] != '$')
        {
            char first = received[0];
            received.Remove(0, 1);
            Acknowledged += first == '+' ? 1 : 0;
            Refused += first == '-' ? 1 : 0;
            if (first == (char)3)
            {
                Interrupts++;
                return "\u0003";
            }

            if (first == '-')
            {
                return "-";
            }
        }

        if (RemotePacket.Take(received, out string text) != PacketKind.Whole)
        {
            return null;
        }

        Commands.Add(text);
        return text;
    }

    private async Task Send(Socket peer, string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int at = 0; at < bytes.Length; at += Math.Min(chunk, bytes.Length - at))
        {
            await peer.SendAsync(bytes.AsMemory(at, Math.Min(chunk, bytes.Length - at)));
            if (chunk < bytes.Length)
            {
                await Task.Delay(1);
            }
        }
    }
}
